/** Judged once more over stored blocks: spans that came to them late undo violations and make others; each is said once, by one of several replicas, whatever is killed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OwnerOfAll } from '../../../engine/live/ownership/rule-ownership.js';
import { planFlowRules } from '../../../engine/plan/lower/lower.js';
import { RuleCollector } from '../../../engine/replay/collect.js';
import type { DecidedCases, DecidedQuestion } from '../../../engine/replay/flows/decided-flows.js';
import type { TraceViolation } from '../../../engine/verdicts/violation.js';
import { runs } from '../../support/runs.js';
import { openStored } from '../../support/stored.js';
import { Shared } from '../ownership/replicas.js';
import {
  Answers,
  BLOCKS,
  type Blocks,
  DAY_MS,
  DELAY_MS,
  type Death,
  FLOW_RULES,
  FlowReplica,
  flowRulesIn,
  HOUR_MS,
  LEASE_MS,
  TENANT,
} from './flow-replicas.js';

const MINUTE_MS = 60_000;
const RECHECK_MS = 4 * HOUR_MS;
const DEATHS: readonly Death[] = ['before the claim', 'after the claim', 'in the outbox', 'before the mark'];
const RULES = flowRulesIn(
  'rule quiet { across span.user  never { name = "a" } }'.replace('span.user', 'span.user within 5m'),
);

/** A case, and between which times the blocks make it a violation. Milliseconds. */
interface Case {
  readonly at: number;
  readonly since?: number;
  readonly until?: number;
}

const idOf = (n: number): string => n.toString(16).padStart(32, '0');
const isViolated = ({ since = 0, until = Number.POSITIVE_INFINITY }: Case, now: number): boolean =>
  now >= since && now < until;

/** Decides all cases that it is asked for. */
class World implements Blocks {
  fails: (question: DecidedQuestion) => boolean = () => false;

  constructor(private readonly cases: readonly Case[]) {}

  async of(question: DecidedQuestion, now: number): Promise<readonly DecidedCases[]> {
    if (this.fails(question)) throw new Error('no blocks');
    const { rules, limit } = question;
    return rules.map(({ rule, fromNs, toNs }) => {
      const plan = planFlowRules([rule]).rules[0]!;
      const all = this.cases.flatMap((known, n): TraceViolation[] => {
        const time = BigInt(known.at) * 1_000_000n;
        if (time < fromNs || time >= toNs || !isViolated(known, now)) return [];
        return [{ id: idOf(n), traceId: idOf(n + 1), time, clause: 0, evidence: [], values: new Map() }];
      });
      const result = new RuleCollector(TENANT, plan, limit).flowResult();
      const violations = all.slice(0, limit);
      return { result: { ...result, violated: all.length, violations }, toNs, open: 0, more: false };
    });
  }

  /** In the end. */
  get ids(): readonly string[] {
    return this.cases.flatMap((known, n) => (isViolated(known, Number.MAX_SAFE_INTEGER) ? [idOf(n)] : []));
  }
}

/** What a receiver has that shows no violation that was retracted: of the last of its spans. */
function shownBy(replicas: readonly FlowReplica[]): readonly string[] {
  const keys = replicas.flatMap(({ sent }) => sent).map((key) => key.split(' '));
  expect(new Set(keys.map(String)).size, 'sent twice').toBe(keys.length);
  const last = new Map<string, string>();
  const order = ([, generation, stands]: readonly string[]): number =>
    Number(generation) * 2 + (stands === 'true' ? 0 : 1);
  for (const key of keys.toSorted((a, b) => order(a) - order(b))) last.set(key[0]!, key[2]!);
  return [...last].flatMap(([id, stands]) => (stands === 'true' ? [id] : [])).toSorted();
}

const START = DAY_MS + DELAY_MS;

async function replicaOf(
  blocks: Blocks,
  {
    shared = new Shared(),
    name = 'a',
    ...options
  }: {
    shared?: Shared;
    name?: string;
    ownership?: OwnerOfAll;
    recheckMs?: number;
    rules?: typeof RULES;
  } = {},
): Promise<FlowReplica> {
  return await new FlowReplica(name, shared, blocks, {
    rules: RULES,
    recheckMs: RECHECK_MS,
    ...options,
  }).start();
}

/** All that its cases see is asked for, where they are judged once more; up to now, where it is the first time. */
function isAgain({ rules: [first], endNs }: DecidedQuestion): boolean {
  return endNs - first!.toNs === BigInt(2 * 5 * MINUTE_MS + 10 * MINUTE_MS) * 1_000_000n;
}

/** What is due for the first time is judged, and nothing once more. */
async function onlyFirst(replica: FlowReplica, world: World, ms: number): Promise<void> {
  world.fails = isAgain;
  await replica.at(ms);
  world.fails = () => false;
}

const CHANGING: readonly Case[] = [
  { at: DAY_MS + 10 * MINUTE_MS },
  { at: DAY_MS + 20 * MINUTE_MS, until: DAY_MS + 2 * HOUR_MS },
  { at: DAY_MS + 30 * MINUTE_MS, since: DAY_MS + 2 * HOUR_MS },
];

describe('what was judged over stored blocks', () => {
  it('is retracted where it is none any more, and reported where it has become one, once', async () => {
    const replica = await replicaOf(new World(CHANGING));
    await replica.at(START);
    await replica.at(START + HOUR_MS);
    expect(replica.reported).toEqual([idOf(0), idOf(1)]);
    for (let hour = 2; hour < 14; hour++) await replica.at(START + hour * HOUR_MS);
    expect(replica.retracted).toEqual([idOf(1)]);
    expect(replica.reported).toEqual([idOf(0), idOf(1), idOf(2)]);
    expect(replica.counts('quiet')).toMatchObject({ violations: 3, retracted: 1, unchecked: 0 });
    expect(shownBy([replica])).toEqual([idOf(0), idOf(2)]);
    expect(replica.outbox.traces()).toEqual([]);
    expect(replica.problems).toEqual([]);
  });

  it('is asked for no sooner than set, once, and with what its cases see', async () => {
    const replica = await replicaOf(new World([]));
    for (let minutes = 0; minutes < 16 * 60; minutes += 10) {
      const asked = replica.asked.length;
      await replica.at(START + minutes * MINUTE_MS);
      for (const { rules, endNs } of replica.asked
        .slice(asked)
        .filter(
          ({ rules: [first] }) => first!.toNs < BigInt(replica.now - DELAY_MS - HOUR_MS) * 1_000_000n,
        )) {
        const storedNs = BigInt(replica.now - DELAY_MS) * 1_000_000n;
        expect(storedNs - rules[0]!.toNs).toBeGreaterThanOrEqual(BigInt(RECHECK_MS) * 1_000_000n);
        expect(endNs - rules[0]!.toNs).toBe(BigInt(20 * MINUTE_MS) * 1_000_000n);
      }
    }
    const again = replica.asked.filter(({ rules: [first], endNs }) => endNs > first!.toNs);
    expect(again.map(({ rules: [first] }) => first!.toNs)).toEqual(
      [0, 4, 8].map((hour) => BigInt(DAY_MS + hour * HOUR_MS) * 1_000_000n),
    );
  });

  it.each(DEATHS)('is said once where the process is killed %s', async (death) => {
    const world = new World(CHANGING);
    const replica = await replicaOf(world);
    for (let hour = 0; hour < 8; hour++) await replica.at(START + hour * HOUR_MS);
    await onlyFirst(replica, world, START + 8 * HOUR_MS);
    for (let times = 1; times < 4; times++) {
      replica.death = death;
      await replica.at(START + 8 * HOUR_MS + times * LEASE_MS);
    }
    expect(replica.starts).toBe(4);
    for (let hour = 9; hour < 14; hour++) await replica.at(START + hour * HOUR_MS);
    const retracted = `${idOf(1)} 0 false`;
    expect(replica.sent).toEqual([...[0, 1, 2].map((n) => `${idOf(n)} 0 true`), retracted].toSorted());
    expect(shownBy([replica])).toEqual([idOf(0), idOf(2)]);
    await replica.lease.renew();
    expect(replica.lease.openClaims.own).toEqual([]);
  });

  it('is undone where it was none any more before the process that was killed had kept that it judged it', async () => {
    const briefly = { since: START + 2 * HOUR_MS, until: START + 9 * HOUR_MS };
    const world = new World([...CHANGING, { at: DAY_MS + 40 * MINUTE_MS, ...briefly }]);
    const replica = await replicaOf(world);
    for (let hour = 0; hour < 8; hour++) await replica.at(START + hour * HOUR_MS);
    await onlyFirst(replica, world, START + 8 * HOUR_MS);
    for (const times of [1, 2]) {
      replica.death = 'in the outbox';
      await replica.at(START + 8 * HOUR_MS + times * LEASE_MS);
    }
    expect(replica.sent).toContain(`${idOf(3)} 0 true`);
    for (let hour = 10; hour < 14; hour++) await replica.at(START + hour * HOUR_MS);
    expect(shownBy([replica])).toEqual([idOf(0), idOf(2)]);
    expect(replica.sent).toContain(`${idOf(3)} 0 false`);
  });

  it('is known to the next owner as it was reported, not as it was claimed by a process that was killed then', async () => {
    const world = new World(CHANGING);
    const shared = new Shared();
    const [a, b] = [await replicaOf(world, { shared }), await replicaOf(world, { shared, name: 'b' })];
    await a.at(START);
    a.death = 'after the claim';
    await a.at(START + HOUR_MS);
    await a.at(START + 2 * HOUR_MS);
    expect(a.reported).toEqual([idOf(0), idOf(2)]);
    await a.lease.release();
    for (let hour = 3; hour < 14; hour++) await b.at(START + hour * HOUR_MS);
    expect([b.reported, b.retracted]).toEqual([[], []]);
    expect(shownBy([a, b])).toEqual([idOf(0), idOf(2)]);
  });

  it('is left alone while it is not known what of it was reported', async () => {
    const world = new World(CHANGING);
    const replica = await replicaOf(world);
    await replica.at(START);
    replica.death = 'after the claim';
    await replica.at(START + HOUR_MS);
    world.fails = (question) => !isAgain(question);
    for (let hour = 2; hour < 14; hour++) await replica.at(START + hour * HOUR_MS);
    expect([replica.reported, replica.retracted]).toEqual([[], []]);
    world.fails = () => false;
    await replica.at(START + 14 * HOUR_MS);
    for (let hour = 15; hour < 18; hour++) await replica.at(START + hour * HOUR_MS);
    expect(replica.reported).toEqual([idOf(0), idOf(2)]);
    expect(shownBy([replica])).toEqual([idOf(0), idOf(2)]);
  });

  it('is said once where it is more than a day old, and a killed process cannot judge it again at once', async () => {
    const recheckMs = 30 * HOUR_MS;
    const world = new World(CHANGING);
    const replica = await replicaOf(world, { recheckMs });
    const due = (Math.ceil(START / recheckMs) + 1) * recheckMs + DELAY_MS;
    for (let ms = START; ms < due; ms += HOUR_MS) await replica.at(ms);
    expect(replica.retracted).toEqual([]);
    await onlyFirst(replica, world, due);
    replica.death = 'in the outbox';
    await replica.at(due + LEASE_MS);
    replica.unread = [{ blockId: 'b', code: 'BT4001', message: 'gone' }];
    await replica.at(due + 2 * LEASE_MS);
    replica.unread = [];
    await replica.at(due + HOUR_MS);
    // It was in the outbox before.
    expect(replica.retracted).toEqual([]);
    expect(shownBy([replica])).toEqual([idOf(0), idOf(2)]);
  });

  it('is brought in line by whichever of three replicas is the owner, whichever is killed, paused or leaves', async () => {
    const aCase = fc.record({
      minutes: fc.integer({ min: 1, max: 36 * 60 }),
      changed: fc.constantFrom('since', 'until', undefined),
      /** After it was judged first. */
      later: fc.integer({ min: -30, max: 170 }),
    });
    const aTurn = fc.record({
      replica: fc.nat(2),
      death: fc.constantFrom<Death | undefined>(undefined, undefined, ...DEATHS),
      meanwhile: fc.constantFrom(undefined, undefined, 0, 1, 2),
      leaves: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(aCase, { minLength: 20, maxLength: 60 }),
        fc.array(aTurn, { minLength: 36, maxLength: 36 }),
        async (some, turns) => {
          const cases = some.map(({ minutes, changed, later }): Case => {
            const ms = DAY_MS + minutes * MINUTE_MS;
            return { at: ms, ...(changed && { [changed]: ms + DELAY_MS + later * MINUTE_MS }) };
          });
          const world = new World(cases.toSorted((a, b) => a.at - b.at));
          const shared = new Shared();
          const replicas = await Promise.all(
            ['a', 'b', 'c'].map(async (name) => await replicaOf(world, { shared, name })),
          );
          await replicas[0]!.at(START);
          for (const [n, { replica: index, death, meanwhile, leaves }] of turns.entries()) {
            const ms = START + (n + 1) * HOUR_MS;
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
          for (let round = 0; round < 16; round++)
            for (const replica of replicas) {
              replica.meanwhile = async () => undefined;
              await replica.at(START + 37 * HOUR_MS + round * HOUR_MS);
              await replica.lease.release();
            }
          expect(shownBy(replicas)).toEqual(world.ids);
          expect(replicas.flatMap(({ lease }) => lease.openClaims.own)).toEqual([]);
          for (const { outbox } of replicas) expect(outbox.traces()).toEqual([]);
        },
      ),
      { numRuns: runs(15), endOnFailure: true },
    );
  });

  it('is not judged once more where there is too much of it: that is counted and said, and the rest is', async () => {
    const many = Array.from(
      { length: 600 },
      (_, n): Case => ({ at: DAY_MS + 3 * HOUR_MS + n, until: DAY_MS + 5 * HOUR_MS }),
    );
    const world = new World([...CHANGING, ...many]);
    const replica = await replicaOf(world);
    for (let minutes = 0; minutes < 16 * 60; minutes += 30) await replica.at(START + minutes * MINUTE_MS);
    expect(replica.counts('quiet')).toMatchObject({ violations: 603, retracted: 1, unchecked: 600 });
    expect(replica.problems).toEqual([
      'quiet, tenant single-tenant: violations are not judged once more: there are too many; replay them',
    ]);
    expect(shownBy([replica])).toHaveLength(602);
  });

  it('is kept for no more than so many violations of a tenant, also of rules that are judged at once', async () => {
    const rules = flowRulesIn(
      ['a', 'b', 'c', 'd', 'e', 'f']
        .map((name) => `rule ${name} { across span.user within 5m  never { name = "a" } }`)
        .join('\n'),
    );
    const world = new World(Array.from({ length: 450 }, (_, n) => ({ at: DAY_MS + n })));
    const replica = await replicaOf(world, { rules });
    await replica.at(START);
    await replica.at(START + HOUR_MS);
    expect(replica.lease.piecesOf().flatMap(({ reported }) => reported)).toHaveLength(4 * 450);
    expect(['a', 'd', 'e', 'f'].map((rule) => replica.counts(rule).unchecked)).toEqual([0, 0, 450, 450]);
  });

  it('is not judged once more where the blocks of its time are gone, which would undo all of it', async () => {
    const replica = await replicaOf(new World(CHANGING));
    replica.storedSince = BigInt(DAY_MS) * 1_000_000n;
    for (let hour = 0; hour < 14; hour++) await replica.at(START + hour * HOUR_MS);
    expect(replica.retracted).toEqual([]);
    expect(replica.counts('quiet')).toMatchObject({ violations: 2, retracted: 0, unchecked: 2 });
    expect(replica.problems).toEqual([
      expect.stringContaining('are not judged once more: blocks of that time are gone (2026-11-21T00:00'),
    ]);
  });

  it('is left out where the replica that claimed it is gone, and reports it itself when it is back', async () => {
    const world = new World(CHANGING);
    const shared = new Shared();
    const [a, b] = [await replicaOf(world, { shared }), await replicaOf(world, { shared, name: 'b' })];
    await a.at(START);
    a.death = 'after the claim';
    await a.at(START + HOUR_MS);
    for (let hour = 2; hour < 16; hour++) await b.at(START + hour * HOUR_MS);
    expect([b.reported, b.retracted, b.counts('quiet').unchecked]).toEqual([[], [], 2]);
    expect(b.problems.join()).toContain('another replica claimed them (2026-11-2');
    await a.at(START + 17 * HOUR_MS);
    expect(shownBy([a, b])).toEqual([idOf(0), idOf(2)]);
    await a.lease.renew();
    expect(a.lease.openClaims.own).toEqual([]);
  });

  it('is kept for no revision of a rule that has changed', async () => {
    const shared = new Shared();
    const before = await replicaOf(new World(CHANGING), { shared });
    await before.at(START);
    await before.at(START + HOUR_MS);
    expect(before.lease.piecesOf()).not.toEqual([]);
    const rules = flowRulesIn('rule quiet { across span.user within 5m  never { name = "b" } }');
    await before.lease.release();
    const after = await replicaOf(new World([]), { shared, name: 'b', rules });
    await after.at(START + 2 * HOUR_MS);
    expect(after.lease.piecesOf().flatMap(({ reported }) => reported)).toEqual([]);
    for (let hour = 3; hour < 14; hour++) await after.at(START + hour * HOUR_MS);
    expect(after.retracted).toEqual([]);
  });

  it.each([undefined, ...DEATHS.filter((death) => death !== 'before the claim')])(
    'is known to the process that reported it where replicas share no record; it was killed: %s',
    async (death) => {
      const ownership = new OwnerOfAll(() => ({ ownedAt: undefined }));
      const replica = await replicaOf(new World(CHANGING), { ownership });
      for (let hour = 0; hour < 14; hour++) {
        replica.death = hour === 1 || hour === 8 ? death : undefined;
        await replica.at(START + hour * HOUR_MS);
        await replica.at(START + hour * HOUR_MS + 20 * MINUTE_MS);
      }
      expect(shownBy([replica])).toEqual([idOf(0), idOf(2)]);
      expect(replica.outbox.traces()).toEqual([]);
    },
  );

  it('is found again in real blocks, all of it and nothing else', async () => {
    const open = await openStored(`${BLOCKS}blocks`);
    try {
      const near = FLOW_RULES.filter(({ item }) => item.id.text === 'no-brute-force');
      const replica = await replicaOf(new Answers(open), { rules: near });
      for (let hour = 0; hour < 36; hour += 4) await replica.at(START + hour * HOUR_MS);
      const again = replica.asked.filter(({ rules: [first], endNs }) => endNs > first!.toNs);
      expect(again.length).toBeGreaterThan(4);
      expect(replica.reported.length).toBeGreaterThan(5);
      expect(replica.counts('no-brute-force')).toMatchObject({ retracted: 0, unchecked: 0 });
      expect(new Set(replica.reported).size).toBe(replica.reported.length);
    } finally {
      open.close();
    }
  });
});
