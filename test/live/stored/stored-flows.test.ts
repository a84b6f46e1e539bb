/** Rules across traces, judged over stored blocks as time goes by: what a replay finds, by one of several replicas, whatever happens in between. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnerOfAll } from '../../../engine/live/ownership/rule-ownership.js';
import { nextCases, stepOf } from '../../../engine/live/stored/next-cases.js';
import type { DecidedQuestion } from '../../../engine/replay/flows/decided-flows.js';
import { replayFlows } from '../../../engine/replay/flows/replay-flows.js';
import type { JudgedFlowRule } from '../../../engine/verdicts/judged-rule.js';
import { runs } from '../../support/runs.js';
import { type OpenStored, openStored } from '../../support/stored.js';
import { Shared } from '../ownership/replicas.js';
import {
  Answers,
  BLOCKS,
  DAY_MS,
  DELAY_MS,
  type Death,
  FLOW_RULES,
  FlowReplica,
  flowRulesIn,
  HOUR_MS,
  LEASE_MS,
} from './flow-replicas.js';

const NS = 1_000_000n;
/** Rules look so far that by then all cases of the day are decided. */
const END = DAY_MS + 38 * HOUR_MS;

let open: OpenStored;
let answers: Answers;
/** By a replay of the day and of what comes after it. */
let replayed: readonly JudgedFlowRule[];

beforeAll(async () => {
  open = await openStored(`${BLOCKS}blocks`);
  answers = new Answers(open);
  const window = { fromNs: BigInt(DAY_MS) * NS, toNs: BigInt(END) * NS };
  replayed = await replayFlows({ ...open.stored, window, limit: 10_000 }, FLOW_RULES, BigInt(HOUR_MS) * NS);
});
afterAll(() => open.close());

const idsIn = (results: readonly JudgedFlowRule[]): readonly string[] =>
  results.flatMap(({ violations }) => violations.map(({ id }) => id)).sort();

/** One of them looks near, the other far. */
const SOME_NAMES = ['no-brute-force', 'order-ships'];
const SOME = FLOW_RULES.filter(({ item }) => SOME_NAMES.includes(item.id.text));
const DEATHS: readonly Death[] = ['before the claim', 'after the claim', 'in the outbox', 'before the mark'];
/** Before the day, so that all of its cases are after the first that the rules are asked for. */
const BEGIN = DAY_MS + DELAY_MS;

describe('rules across traces over stored blocks', () => {
  it('find what a replay finds, each case once', async () => {
    const replica = await new FlowReplica('a', new Shared(), answers).start();
    for (let ms = BEGIN; ms < END + DELAY_MS; ms += 4 * HOUR_MS) await replica.at(ms);
    await replica.at(END + DELAY_MS);
    expect(idsIn(replayed).length).toBeGreaterThan(50);
    expect(replica.reported.toSorted()).toEqual(idsIn(replayed));
    expect(replica.pending.toSorted()).toEqual(idsIn(replayed));
    for (const { rule, passed, vacuous, violated, cannotTell } of replayed)
      expect({ id: rule.id, ...replica.counts(rule.id) }).toMatchObject({
        ...{ id: rule.id, passed: passed + vacuous, violations: violated, cannotTell },
        ...{ undecided: 0, unseen: 0, leftOut: 0, storedUntilNs: expect.any(BigInt) },
      });
    expect(replica.outbox.traces()).toEqual([]);
    expect(replica.problems).toEqual([]);
  });

  it('are reported by one of three replicas, whichever is killed, paused or leaves', async () => {
    const aTurn = fc.record({
      replica: fc.nat(2),
      death: fc.constantFrom<Death | undefined>(undefined, undefined, ...DEATHS),
      /** Another takes over while it judges. */
      meanwhile: fc.constantFrom(undefined, undefined, 0, 1, 2),
      leaves: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(aTurn, { minLength: 9, maxLength: 9 }), async (turns) => {
        const shared = new Shared();
        const replicas = await Promise.all(
          ['a', 'b', 'c'].map(
            async (name) => await new FlowReplica(name, shared, answers, { rules: SOME }).start(),
          ),
        );
        // Where rules begin is in the record from then on.
        await replicas[0]!.at(BEGIN);
        for (const [n, { replica: index, death, meanwhile, leaves }] of turns.entries()) {
          const ms = BEGIN + (n + 1) * 4 * HOUR_MS;
          const replica = replicas[index]!;
          for (const other of replicas) other.now = ms;
          await Promise.all(replicas.map(async ({ lease }) => await lease.renew()));
          replica.death = death;
          replica.meanwhile = async () => {
            replica.meanwhile = async () => undefined;
            if (meanwhile !== undefined && meanwhile !== index)
              await replicas[meanwhile]!.at(ms + 2 * LEASE_MS);
          };
          await replica.at(ms + LEASE_MS);
          if (leaves) await replica.lease.release();
          for (const other of replicas) await other.at(ms + 4 * LEASE_MS);
        }
        for (let round = 0; round < 4; round++)
          for (const replica of replicas) {
            replica.meanwhile = async () => undefined;
            await replica.at(END + DELAY_MS + round * 2 * HOUR_MS);
            await replica.lease.release();
          }
        const reported = replicas.flatMap((replica) => replica.reported);
        expect(new Set(reported).size, 'reported twice').toBe(reported.length);
        const problems = replicas.flatMap((replica) => replica.problems);
        expect(problems.filter((problem) => problem.includes('replay them'))).toEqual([]);
        const expected = idsIn(replayed.filter(({ rule }) => SOME_NAMES.includes(rule.id)));
        expect(replicas.flatMap(({ pending }) => pending).toSorted()).toEqual(expected);
        expect(replicas.flatMap(({ lease }) => lease.openClaims.own)).toEqual([]);
      }),
      { numRuns: runs(8), endOnFailure: true },
    );
  });

  it('find all where there are more violations than are listed at once', async () => {
    const options = { rules: SOME, mostViolations: 50 };
    const replica = await new FlowReplica('a', new Shared(), answers, options).start();
    await replica.at(BEGIN);
    await replica.at(BEGIN + 23 * HOUR_MS);
    const judged = replica.asked.length;
    await replica.at(END + DELAY_MS);
    expect(judged).toBeGreaterThan(5);
    const some = replayed.filter(({ rule }) => SOME_NAMES.includes(rule.id));
    expect(replica.reported.toSorted()).toEqual(idsIn(some));
    for (const { rule, passed, vacuous, violated } of some)
      expect(replica.counts(rule.id)).toMatchObject({
        ...{ passed: passed + vacuous, violations: violated, leftOut: 0 },
      });
  });

  it('wait for a case that is not decided, and not for ever: it is counted as unseen', async () => {
    const rules = flowRulesIn(`
      rule never-over { across resource.service.name within 2h  never count({ name = "auth.login" }) > 100000 }`);
    const replica = await new FlowReplica('a', new Shared(), answers, { rules }).start();
    await replica.at(BEGIN);
    await replica.at(BEGIN + 3 * HOUR_MS);
    const waiting = replica.counts('never-over');
    expect(waiting.unseen).toBe(0);
    expect(waiting.undecided).toBeGreaterThan(0);
    const waitedFrom = waiting.storedUntilNs!;
    await replica.at(BEGIN + 9 * HOUR_MS);
    expect(waiting.unseen).toBeGreaterThan(0);
    expect(waiting.storedUntilNs).toBeGreaterThan(waitedFrom);
    expect(replica.problems.join()).toContain('cases that see too far are not judged: replay them');
  });

  it('count at the owner alone, and are undecided there alone', async () => {
    const shared = new Shared();
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (name) => await new FlowReplica(name, shared, answers, { rules: SOME }).start()),
    );
    for (const ms of [BEGIN, BEGIN + 4 * HOUR_MS]) {
      await a!.at(ms);
      await b!.at(ms);
    }
    expect(a!.counts('order-ships').passed).toBeGreaterThan(0);
    expect(a!.counts('order-ships').undecided).toBeGreaterThan(0);
    expect(b!.asked).toEqual([]);
    expect(b!.counts('order-ships')).toMatchObject({ passed: 0, violations: 0, undecided: 0 });
    expect(b!.counts('order-ships').storedUntilNs).toBeUndefined();
    expect([a!, b!].map((replica) => replica.counts('order-ships').elsewhere)).toEqual([undefined, true]);
    await a!.lease.release();
    await b!.at(BEGIN + 8 * HOUR_MS);
    await a!.at(BEGIN + 8 * HOUR_MS);
    expect(b!.counts('order-ships').passed).toBeGreaterThan(0);
    expect(a!.counts('order-ships').undecided).toBe(0);
    expect(a!.counts('order-ships').storedUntilNs).toBeUndefined();
    expect([a!, b!].map((replica) => replica.counts('order-ships').elsewhere)).toEqual([true, undefined]);
  });

  it.each<Death | 'nowhere'>(['before the claim', 'after the claim', 'nowhere'])(
    'continue from where a rule began, although nothing was decided by then; its process died: %s',
    async (death) => {
      const shared = new Shared();
      const asked: DecidedQuestion[] = [];
      const nothing: Pick<Answers, 'of'> = {
        of: async (question) => {
          asked.push(question);
          const decided = await answers.of(question);
          return decided.map((some, n) => ({ ...some, toNs: question.rules[n]!.fromNs }));
        },
      };
      const options = { rules: SOME.slice(0, 1) };
      const a = await new FlowReplica('a', shared, nothing, options).start();
      a.death = death === 'nowhere' ? undefined : death;
      await a.at(BEGIN);
      await a.at(BEGIN + HOUR_MS);
      await a.lease.release();
      const b = await new FlowReplica('b', shared, nothing, options).start();
      await b.at(BEGIN + 2 * HOUR_MS);
      expect(asked.map(({ rules }) => rules[0]?.fromNs)).toEqual(Array(3).fill(asked[0]?.rules[0]?.fromNs));
      expect(b.lease.openClaims).toEqual({ own: [], others: [] });
    },
  );

  it('are forgotten as soon as it is kept that they were judged', async () => {
    const replica = await new FlowReplica('a', new Shared(), answers, { rules: SOME }).start();
    for (let minutes = 0; minutes < 400; minutes += 50) {
      await replica.at(BEGIN + minutes * 60_000);
      expect(replica.outbox.traces()).toEqual([]);
    }
    expect(replica.reported.length).toBeGreaterThan(10);
  });

  it('are judged without a block only where it cannot be read again and again', async () => {
    const replica = await new FlowReplica('a', new Shared(), answers, { rules: SOME }).start();
    await replica.at(BEGIN);
    replica.unread = [{ blockId: 'b', code: 'BT4001', message: 'gone' }];
    const from = BEGIN + 4 * HOUR_MS;
    await replica.at(from);
    expect(replica.counts('order-ships').passed).toBe(0);
    expect(replica.problems).toEqual([
      'rules across traces, tenant single-tenant: a block (b BT4001: gone) cannot be read',
    ]);
    for (let minutes = 1; minutes < 20; minutes += 6) await replica.at(from + minutes * 60_000);
    expect(replica.counts('order-ships').passed).toBeGreaterThan(0);
    expect(replica.problems.join()).toContain('judged without a block (b BT4001: gone)');
  });

  it('of which one fails are stopped, and the others continue', async () => {
    const broken: Pick<Answers, 'of'> = {
      of: async (question) =>
        (await answers.of(question)).map((decided) =>
          decided.result.rule.id === 'order-ships'
            ? { ...decided, result: { ...decided.result, problem: { code: 'BT3001', message: 'too long' } } }
            : decided,
        ),
    };
    const replica = await new FlowReplica('a', new Shared(), broken, { rules: SOME }).start();
    await replica.at(BEGIN);
    for (let minutes = 0; minutes < 20; minutes += 6)
      await replica.at(BEGIN + 4 * HOUR_MS + minutes * 60_000);
    expect(replica.counts('order-ships')).toMatchObject({ passed: 0, stopped: 'too long' });
    expect(replica.counts('no-brute-force').passed).toBeGreaterThan(0);
    expect(replica.counts('no-brute-force').stopped).toBeUndefined();
  });

  it('are judged without a record by the one replica that is the owner of all, and not reported once it is not', async () => {
    let isOwner = false;
    const ownership = new OwnerOfAll(() => (isOwner ? { ownedAt: undefined } : undefined));
    const replica = await new FlowReplica('a', new Shared(), answers, { rules: SOME, ownership }).start();
    await replica.at(BEGIN);
    expect(replica.asked).toEqual([]);
    isOwner = true;
    await replica.at(BEGIN);
    replica.meanwhile = async () => {
      isOwner = false;
    };
    await replica.at(BEGIN + 20 * HOUR_MS);
    expect(replica.reported).toEqual([]);
    expect(replica.problems.join()).toContain('another replica judges them now');
    isOwner = true;
    replica.meanwhile = async () => undefined;
    await replica.at(BEGIN + 22 * HOUR_MS);
    await replica.at(END + DELAY_MS);
    expect(replica.reported.toSorted()).toEqual(
      idsIn(replayed.filter(({ rule }) => SOME_NAMES.includes(rule.id))),
    );
  });
});

/** One after the other is the owner, and none knows what another has judged. */
describe('replicas with one owner of all', () => {
  it('lose nothing where the owner is killed, for longer than a rule looks back', async () => {
    let owner: 'a' | 'b' | 'c' | undefined = 'a';
    let ownedAt: bigint | undefined;
    const replicas = new Map<string, FlowReplica>();
    for (const name of ['a', 'b', 'c'] as const) {
      const ownership = new OwnerOfAll(() => (owner === name ? { ownedAt } : undefined));
      replicas.set(name, new FlowReplica(name, new Shared(), answers, { rules: SOME, ownership }));
      await replicas.get(name)!.start();
    }
    const allJudge = async (ms: number): Promise<void> => {
      for (const replica of replicas.values()) await replica.at(ms);
    };
    await allJudge(BEGIN);
    await allJudge(BEGIN + 4 * HOUR_MS);
    ownedAt = BigInt(BEGIN + 4 * HOUR_MS) * NS;
    owner = undefined;
    await allJudge(BEGIN + 9 * HOUR_MS);
    owner = 'b';
    await allJudge(BEGIN + 10 * HOUR_MS);
    const [first] = replicas.get('b')!.asked;
    expect(first!.rules.map(({ fromNs }) => fromNs < ownedAt! - BigInt(DELAY_MS) * NS)).toEqual([true, true]);
    ownedAt = BigInt(BEGIN + 10 * HOUR_MS) * NS;
    owner = 'c';
    await allJudge(BEGIN + 20 * HOUR_MS);
    ownedAt = BigInt(BEGIN + 20 * HOUR_MS) * NS;
    owner = 'a';
    const known = replicas.get('a')!.asked.length;
    await allJudge(BEGIN + 21 * HOUR_MS);
    // What a had not judged when it was the owner before nobody else may have.
    const again = replicas.get('a')!.asked[known]!.rules.map(({ fromNs }) => fromNs);
    for (const from of again) expect(from).toBeLessThan(BigInt(BEGIN + 4 * HOUR_MS) * NS);
    await allJudge(END + DELAY_MS);
    const reported = new Set([...replicas.values()].flatMap((replica) => replica.reported));
    const expected = idsIn(replayed.filter(({ rule }) => SOME_NAMES.includes(rule.id)));
    expect(expected.filter((id) => !reported.has(id))).toEqual([]);
  });
});

describe('the cases that are next', () => {
  const minute = 60_000_000_000n;
  const hour = 60n * minute;
  const day = 24n * hour;
  const times = { withinNs: hour, delayNs: 45n * minute, graceNs: 10n * minute };
  const now = 10n * day;
  /** Its step divides that. */
  const by = now - times.delayNs;

  it('are asked for the more seldom, the farther a rule looks', () => {
    const step = (withinNs: bigint, delayNs = times.delayNs): bigint =>
      stepOf({ ...times, withinNs, delayNs });
    expect(step(minute)).toBe(5n * minute);
    expect(step(hour)).toBe(15n * minute);
    expect(step(day)).toBe(6n * hour);
    expect(step(100n * day)).toBe(6n * hour);
    expect(step(minute, 4n * minute)).toBe(minute / 2n);
    expect(step(1n, 1n)).toBe(1_000_000_000n);
  });

  it('begin with what a rule looks back, a day at most', () => {
    expect(nextCases(times, now, { until: undefined })).toEqual({ from: by - hour, to: by, by });
    expect(nextCases({ ...times, withinNs: 9n * day }, now, { until: undefined })).toMatchObject({
      from: now - 6n * hour - day,
    });
  });

  it('continue where they were, and leave to replay what is older than a day', () => {
    expect(nextCases(times, now, { until: by })).toBeUndefined();
    expect(nextCases(times, now, { until: by - day })).toEqual({ from: by - day, to: by, by });
    const oldest = by - 2n * hour - 10n * minute - day;
    expect(nextCases(times, now, { until: oldest - 1n })).toMatchObject({
      from: oldest,
      notice: expect.stringContaining('were not judged: replay them'),
    });
  });

  it('that were claimed are judged however long ago that is', () => {
    expect(nextCases(times, now, { until: 1n, before: 5n })).toEqual({ from: 1n, to: 5n, by });
  });

  it('begin with those that another owner may not have judged', () => {
    const dueBy = now - 5n * hour;
    const begins = dueBy - times.delayNs - 30n * minute - 2n * hour - 10n * minute;
    expect(nextCases(times, now, { until: undefined, dueBy })).toEqual({ from: begins, to: by, by });
    expect(nextCases(times, now, { until: by - hour, dueBy })).toMatchObject({ from: by - hour });
  });

  it('begin anew where the clock went back', () => {
    expect(nextCases(times, now, { until: now + 2n * day })).toMatchObject({
      from: by - hour,
      notice: expect.stringContaining('the clock was wrong'),
    });
  });
});
