/** Rules over many traces, judged as time goes by: what a replay finds, each violation once, whatever happens in between. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ResolvedWindowRule } from '../../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { LiveCounters } from '../../../engine/live/counters.js';
import { Outbox } from '../../../engine/live/outbox/outbox.js';
import { OwnerOfAll, type RuleOwnership } from '../../../engine/live/ownership/rule-ownership.js';
import { JudgedUntil } from '../../../engine/live/stored/judged-until.js';
import { LocalRechecks } from '../../../engine/live/stored/local-rechecks.js';
import type { UnreadBlock } from '../../../engine/live/stored/trouble.js';
import type { WindowQuestion } from '../../../engine/live/windows/window-ports.js';
import { WindowWatch } from '../../../engine/live/windows/window-watch.js';
import { notJudgedRules, replayOver } from '../../../engine/replay/over/replay-over.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import type { JudgedWindowRule } from '../../../engine/verdicts/judged-rule.js';
import { liveRule } from '../../../server/live/live-rule.js';
import { type OpenStored, openStored } from '../../support/stored.js';
import { FaultyDisk } from '../log/faulty-disk.js';
import { DEFAULT_DELAYS } from '../support.js';

const SHOP = fileURLToPath(new URL('../../fixtures/blocks/shop-v5', import.meta.url));
const HOURLY = fileURLToPath(new URL('../../../queries/reliability/windows.betrace', import.meta.url));
const HOUR_MS = 3_600_000;
/** The blocks hold the day that begins then. */
const DAY_MS = Date.UTC(2026, 10, 20);
const DELAY_MS = 20 * 60_000;

let open: OpenStored;
/** By a replay of the whole day. */
let replayed: readonly JudgedWindowRule[];

function rulesIn(text: string): readonly ResolvedWindowRule[] {
  const { rules, files } = loadWorkspace(new Map([['windows.betrace', text]]));
  expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  return ofKind(rules, 'window');
}
const HOURLY_RULES = rulesIn(readFileSync(HOURLY, 'utf8'));

beforeAll(async () => {
  open = await openStored(SHOP);
  const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;
  replayed = await replayOver({
    ...open.stored,
    rules: HOURLY_RULES,
    bucketNs: ns(HOUR_MS),
    limit: 1000,
    range: { fromNs: ns(DAY_MS), toNs: ns(DAY_MS + 24 * HOUR_MS) },
  });
});
afterAll(() => open.close());

const answers = new Map<string, Promise<readonly JudgedWindowRule[]>>();

/** The blocks never change, and many tests ask the same. */
function answerOfBlocks(question: WindowQuestion): Promise<readonly JudgedWindowRule[]> {
  const key = JSON.stringify(question, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  const known = answers.get(key) ?? replayOver({ ...open.stored, ...question });
  answers.set(key, known);
  return known;
}

/** What lasts when the process does not: the outbox, and until when windows were judged. */
class Service {
  readonly disk = new FaultyDisk();
  text: string | undefined;
  failSave = false;
  now = DAY_MS;
  /** Ids, in the order in which they were reported. */
  readonly reported: string[] = [];
  readonly retracted: string[] = [];
  readonly problems: string[] = [];
  readonly asked: WindowQuestion[] = [];
  tenants: readonly string[] = ['single-tenant'];
  answer: (question: WindowQuestion, tenant: string) => Promise<readonly JudgedWindowRule[]> = answerOfBlocks;
  unread: readonly UnreadBlock[] = [];
  ownership: RuleOwnership | undefined;
  /** Until what was judged is judged once more. */
  recheckMs: number | undefined;
  counters = new LiveCounters();
  outbox!: Outbox;
  watch!: WindowWatch;

  /** As a process that starts. */
  async start(rules: readonly ResolvedWindowRule[] = HOURLY_RULES, mostViolations = 1000): Promise<this> {
    const log = { disk: this.disk, segmentBytes: 2 ** 20, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 };
    this.outbox = await Outbox.open(log, () => expect.fail('damage'));
    this.counters = new LiveCounters();
    const onProblem = (message: string): void => void this.problems.push(message);
    const file = {
      load: () => Promise.resolve(this.text),
      save: (text: string) => {
        if (this.failSave) return Promise.reject(new Error('the disk is full'));
        this.text = text;
        return Promise.resolve();
      },
    };
    const judged = await JudgedUntil.open(file, onProblem);
    const again =
      this.recheckMs === undefined
        ? undefined
        : {
            rechecks: new LocalRechecks(judged, BigInt(this.recheckMs) * 1_000_000n),
            storedSince: async () => 0n,
          };
    this.watch = new WindowWatch(
      {
        wall: () => this.now,
        outbox: this.outbox,
        counters: this.counters,
        onProblem,
        tenants: () => this.tenants,
        ...(this.ownership === undefined ? {} : { ownership: this.ownership }),
        judge: async (tenant, question) => {
          this.asked.push(question);
          return { results: await this.answer(question, tenant), unread: this.unread };
        },
        judged,
        again,
        onViolation: (_, __, { id }) => void this.reported.push(id),
        onRetraction: (_, __, { id }) => void this.retracted.push(id),
      },
      { delayMs: DELAY_MS, mostViolations },
    );
    this.watch.setRules(rules);
    return this;
  }

  /** Time passes; at each step windows are looked for. */
  async until(ms: number, step = 10 * 60_000): Promise<void> {
    while (this.now < ms) {
      this.now = Math.min(ms, this.now + step);
      await this.watch.tick();
    }
  }

  /** Ids of violations that the receiver has to get. */
  get pending(): readonly string[] {
    return this.outbox.take(10_000).map(({ key }) => key.slice(0, 32));
  }

  count(what: 'passed' | 'violations' | 'leftOut'): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.counters.rules.values()].map((counts) => [counts.rule, counts[what]]));
  }
}

const END = DAY_MS + 24 * HOUR_MS + DELAY_MS;
const idsIn = (results: readonly JudgedWindowRule[]): readonly string[] =>
  results.flatMap(({ violations }) => violations.map(({ id }) => id)).sort();
const byRule = (count: 'passed' | 'violated'): Readonly<Record<string, number>> =>
  Object.fromEntries(replayed.map((result) => [result.rule.id, result[count]]));

let service: Service;
beforeEach(async () => {
  service = await new Service().start();
});

describe('a watch over windows', () => {
  it('finds hour by hour what a replay of the day finds', async () => {
    service.now = DAY_MS + DELAY_MS;
    await service.watch.tick(); // the last hour before the day: nothing is in the blocks
    const before = service.pending.length;
    await service.until(END);
    const expected = idsIn(replayed);
    expect(expected.length).toBeGreaterThan(8);
    expect(service.reported.slice(before).sort()).toEqual(expected);
    expect(new Set(service.reported).size).toBe(service.reported.length);
    const { 'service-errors-bounded': errors, 'retries-are-rare': retries } = service.count('violations');
    expect({ errors, retries }).toEqual({
      errors: byRule('violated')['service-errors-bounded'],
      retries: byRule('violated')['retries-are-rare'],
    });
    expect(service.count('passed')['charges-are-quick']).toBe(byRule('passed')['charges-are-quick']);
    expect(service.asked.every(({ rules }) => rules.length === HOURLY_RULES.length)).toBe(true);
    expect(service.outbox.traces()).toEqual([]);
    expect(service.problems).toEqual([]);
  });

  it('begins a rule where it began, however often the process is killed before it hears of the first window', async () => {
    service.answer = () => new Promise(() => {});
    for (const hour of [0, 3, 6]) {
      service.now = DAY_MS + DELAY_MS + hour * HOUR_MS;
      void service.watch.tick();
      await expect.poll(() => service.asked.length).toBe(hour / 3 + 1);
      await service.start();
    }
    service.answer = answerOfBlocks;
    await service.until(END);
    expect(new Set(service.asked.slice(0, 4).map(({ judgedFromNs }) => judgedFromNs)).size).toBe(1);
    expect([...service.reported].sort()).toEqual(expect.arrayContaining([...idsIn(replayed)]));
  });

  it('finds what a replay finds where windows overlap, whether it judges some at once or each when it is over', async () => {
    const rules = rulesIn(
      'rule busy { over 2h every 30m never { } | count_over_time() by (resource.service.name) > 600 }',
    );
    const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;
    const day = await replayOver({
      ...open.stored,
      rules,
      bucketNs: ns(HOUR_MS),
      limit: 1000,
      range: { fromNs: ns(DAY_MS), toNs: ns(DAY_MS + 24 * HOUR_MS) },
    });
    expect(day[0]).toMatchObject({ windows: { count: 45 }, violated: idsIn(day).length });
    expect(idsIn(day).length).toBeGreaterThan(10);
    for (const step of [30 * 60_000, 5 * HOUR_MS]) {
      service = await new Service().start(rules);
      service.now = DAY_MS + DELAY_MS + 2 * HOUR_MS;
      await service.watch.tick();
      await service.until(END, step);
      expect([...service.reported].sort()).toEqual(idsIn(day));
    }
  });

  it('counts what it finds beyond the bound, and says how much of it is not sent', async () => {
    const rules = rulesIn(
      'rule busy { over 2h never { } | count_over_time() by (resource.service.name) > 600 }',
    );
    const all = await new Service().start(rules);
    const some = await new Service().start(rules, 1);
    for (const counting of [all, some]) {
      counting.now = DAY_MS + DELAY_MS;
      await counting.watch.tick();
      await counting.until(END, 12 * HOUR_MS);
    }
    expect(all.reported.length).toBeGreaterThan(2);
    expect(all.count('leftOut')).toEqual({ busy: 0 });
    expect(some.reported.length).toBeLessThan(all.reported.length);
    expect(some.count('violations')).toEqual(all.count('violations'));
    expect(some.count('leftOut')).toEqual({ busy: all.reported.length - some.reported.length });
    expect(some.problems.join()).toMatch(/only the first 1 of \d+ violations of its windows are sent/);
  });

  it('judges a window only once it has been over for the delay', async () => {
    service.now = DAY_MS + 10 * HOUR_MS + DELAY_MS;
    await service.watch.tick();
    const asked = service.asked.length;
    await service.until(DAY_MS + 11 * HOUR_MS + DELAY_MS - 1);
    expect(service.asked).toHaveLength(asked);
    await service.until(DAY_MS + 11 * HOUR_MS + DELAY_MS);
    expect(service.asked).toHaveLength(asked + 1);
  });

  it('continues where it was when it starts again, and finds the same as it would have by then', async () => {
    const silent = rulesIn('rule silent { over 10m always { } | rate() by (name) > 0 }');
    const run = async (crashed: boolean): Promise<readonly string[]> => {
      service = await new Service().start(silent);
      await service.until(DAY_MS + 6 * HOUR_MS);
      if (crashed) {
        service.disk.crash(1);
        await service.start(silent);
        service.now = DAY_MS + 9 * HOUR_MS;
        await service.watch.tick();
      } else await service.until(DAY_MS + 9 * HOUR_MS);
      expect(new Set(service.reported).size).toBe(service.reported.length);
      return [...service.reported].sort();
    };
    const found = await run(false);
    expect(found.length).toBeGreaterThan(100);
    expect(await run(true)).toEqual(found);
  });

  it('continues where the owner before may have stopped, and loses none of the windows in between', async () => {
    let ownedAt: bigint | undefined;
    let owner: Service | undefined;
    const replica = async (): Promise<Service> => {
      const made = new Service();
      made.ownership = new OwnerOfAll(() => (owner === made ? { ownedAt } : undefined));
      return await made.start();
    };
    const [first, second] = [await replica(), await replica()];
    owner = first;
    await first.until(DAY_MS + 5 * HOUR_MS);
    await second.until(DAY_MS + 5 * HOUR_MS);
    expect(second.asked).toEqual([]);
    ownedAt = BigInt(DAY_MS + 5 * HOUR_MS) * 1_000_000n;
    owner = undefined;
    await second.until(DAY_MS + 9 * HOUR_MS);
    owner = second;
    await second.until(END);
    const [begun] = second.asked;
    expect(begun!.judgedFromNs).toBe(BigInt(DAY_MS + 4 * HOUR_MS) * 1_000_000n);
    const reported = new Set([...first.reported, ...second.reported]);
    expect(idsIn(replayed).filter((id) => !reported.has(id))).toEqual([]);
    expect(second.reported.filter((id) => !idsIn(replayed).includes(id))).toEqual([]);
    // As a rule that is new.
    second.watch.setRules(rulesIn('rule later { over 1h  never { } | count_over_time() > 0 }'));
    await second.until(END + HOUR_MS);
    expect(second.asked.at(-1)!.judgedFromNs).toBe(BigInt(END - DELAY_MS) * 1_000_000n);
  });

  it('judges all windows once more, where that is set, and brings in line what was reported', async () => {
    const busy = rulesIn(
      'rule busy { over 1h  never { } | count_over_time() by (resource.service.name) > 0 }',
    );
    service = new Service();
    service.recheckMs = 6 * HOUR_MS;
    service.now = DAY_MS + HOUR_MS + DELAY_MS - 1;
    // Of the second hour some spans come late, and a copy of a span that is in the third is there only until then.
    const second = BigInt(DAY_MS + HOUR_MS) * 1_000_000n;
    const isEarly = (): boolean => service.now < DAY_MS + 6 * HOUR_MS;
    const invented = (id: string): string => `none ${id}`;
    let crashed = false;
    service.answer = async (question) =>
      (await answerOfBlocks(question)).map((result) => {
        if (!isEarly()) return result;
        const violations = result.violations
          .filter(({ fromNs }) => fromNs !== second)
          .flatMap((found) =>
            found.fromNs === second + BigInt(HOUR_MS) * 1_000_000n
              ? [found, { ...found, id: invented(found.id) }]
              : [found],
          );
        return { ...result, violations, violated: violations.length };
      });
    await service.start(busy);
    const asked = async (ms: number): Promise<void> => {
      await service.until(ms);
      if (crashed) return;
      crashed = true;
      service.disk.crash(1);
      await service.start(busy);
    };
    await asked(DAY_MS + 5 * HOUR_MS);
    const undone = service.reported.filter((id) => id.startsWith('none'));
    expect(undone.length).toBeGreaterThan(5);
    expect(service.retracted).toEqual([]);
    await asked(DAY_MS + 36 * HOUR_MS);
    expect(service.retracted).toEqual(undone);
    const [day] = await replayOver({
      ...open.stored,
      rules: busy,
      ...{ bucketNs: BigInt(HOUR_MS) * 1_000_000n, limit: 10_000 },
      range: { fromNs: BigInt(DAY_MS) * 1_000_000n, toNs: BigInt(DAY_MS + 24 * HOUR_MS) * 1_000_000n },
    });
    const inDay = new Set(day!.violations.map(({ id }) => id));
    const shown = service.reported.filter((id) => inDay.has(id));
    expect(shown.toSorted()).toEqual([...inDay].toSorted());
    const again = service.asked.filter(
      ({ range, judgedFromNs }) => range.toNs! - judgedFromNs! > BigInt(HOUR_MS) * 1_000_000n,
    );
    expect(again.length).toBeGreaterThan(2);
    expect(service.counters.find('single-tenant', 'busy')).toMatchObject({ unchecked: 0 });
    expect(service.outbox.traces()).toEqual([]);
    expect(service.problems).toEqual([]);
  });

  it('leaves to replay what is older than a day', async () => {
    await service.until(DAY_MS + 2 * HOUR_MS);
    service.asked.length = 0;
    service.now = DAY_MS + 40 * HOUR_MS;
    await service.watch.tick();
    await service.watch.tick();
    expect(service.problems).toEqual(
      HOURLY_RULES.map(({ item }) =>
        expect.stringContaining(
          `${item.id.text}, tenant single-tenant: windows from 2026-11-20T01:00:00.000Z to 2026-11-20T15:00:00.000Z were not judged: replay them`,
        ),
      ),
    );
    expect(service.asked).toHaveLength(24);
  });

  it('continues where the clock had once been set a year ahead', async () => {
    service.now = DAY_MS + 365 * 24 * HOUR_MS;
    await service.watch.tick();
    await service.start();
    service.reported.length = 0;
    service.now = DAY_MS + 5 * HOUR_MS;
    await service.until(DAY_MS + 7 * HOUR_MS);
    expect(service.reported.length).toBeGreaterThan(0);
    expect(service.problems[0]).toContain('the clock was wrong, then or now');
    expect(service.problems).toHaveLength(HOURLY_RULES.length);
  });

  it('emits nothing twice where it could not keep how far it was', async () => {
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS; // 05:00 to 06:00 is violated
    service.failSave = true;
    await service.watch.tick();
    await service.watch.tick();
    const reported = [...service.reported];
    expect(reported.length).toBeGreaterThan(0);
    expect(service.problems).toEqual([
      expect.stringContaining('tenant single-tenant: the disk is full'),
      expect.stringContaining('could not be kept: the disk is full'),
    ]);
    expect(service.outbox.traces()).toHaveLength(reported.length);
    expect(service.asked).toHaveLength(1);
    service.failSave = false;
    service.disk.crash(1);
    await service.start();
    await service.watch.tick();
    expect(service.reported).toEqual(reported);
    expect(service.pending).toHaveLength(reported.length);
    expect(service.outbox.traces()).toEqual([]);
  });

  it('counts the windows of the day that are vacuous, with what they wanted', async () => {
    const busy = 'when { } | rate() by (resource.service.name) > 0';
    const rules = rulesIn(`
      rule lacking { over 1h ${busy} never { span.no.such = "x" } | rate() by (resource.service.name) > 0 }
      rule sound { over 1h ${busy} never { status = error } | rate() by (resource.service.name) > 1000 }`);
    const [whole] = await replayOver({
      ...open.stored,
      rules,
      bucketNs: BigInt(HOUR_MS) * 1_000_000n,
      limit: 1000,
      range: { fromNs: BigInt(DAY_MS) * 1_000_000n, toNs: BigInt(DAY_MS + 24 * HOUR_MS) * 1_000_000n },
    });
    expect([whole!.passed, whole!.vacuous > 10]).toEqual([0, true]);
    service.now = DAY_MS + HOUR_MS + DELAY_MS - 1;
    await service.start(rules);
    await service.until(DAY_MS + 24 * HOUR_MS + DELAY_MS);
    const [lacking, sound] = ['lacking', 'sound'].map((id) =>
      liveRule(service.counters, 'single-tenant', id, DEFAULT_DELAYS),
    );
    expect(lacking).toMatchObject({
      applicable: whole!.vacuous,
      violated: 0,
      vacuousToday: whole!.vacuous,
      vacuousClauses: [expect.stringContaining('no span has span.no.such')],
    });
    expect(sound).toMatchObject({ applicable: whole!.vacuous, vacuousToday: 0, vacuousClauses: [] });
  });

  it('counts nothing twice where the outbox takes no more for a while', async () => {
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS;
    service.disk.capacity = 0;
    for (let n = 0; n < 5; n++) {
      await service.watch.tick();
      service.now += 60_000;
    }
    expect(service.reported).toEqual([]);
    service.disk.capacity = Number.POSITIVE_INFINITY;
    await service.until(service.now + 10 * 60_000, 60_000);
    expect(service.count('passed')['orders-keep-coming']).toBe(1);
    expect(service.reported.length).toBeGreaterThan(0);
  });

  it('asks again, ever later, for windows that could not be judged', async () => {
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS;
    const { answer } = service;
    service.answer = () => Promise.reject(new Error('too many questions are waiting'));
    for (let seconds = 0; seconds < 300; seconds += 5) {
      await service.watch.tick();
      service.now += 5_000;
    }
    expect(service.asked).toHaveLength(3);
    expect(service.problems).toEqual([
      'windows of rules, tenant single-tenant: too many questions are waiting',
    ]);
    service.answer = answer;
    service.now += 300_000;
    await service.watch.tick();
    expect(service.reported.length).toBeGreaterThan(0);
  });

  it('judges rules in spite of one that cannot be asked about', async () => {
    const [wide] = rulesIn('rule wide { over 3d always { } | count_over_time() > 1 }');
    await service.start([wide!, ...HOURLY_RULES]);
    const { answer } = service;
    service.answer = async (question, tenant) => {
      if (question.rules.includes(wide!)) throw new Error('out of memory');
      return await answer(question, tenant);
    };
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS;
    await service.watch.tick();
    expect(service.reported.length).toBeGreaterThan(0);
    expect(service.outbox.traces()).toEqual([]);
  });

  it('goes round the tenants, and lets none wait for one whose windows take longer than they last', async () => {
    const [minutes] = rulesIn('rule minutes { over 1m never { } | count_over_time() > 1000000 }');
    service.tenants = ['a', 'b'];
    await service.start([minutes!]);
    const order: string[] = [];
    service.answer = (_, tenant) => {
      order.push(tenant);
      service.now += 61_000;
      return Promise.resolve(notJudgedRules([minutes!]));
    };
    service.now = DAY_MS + 6 * HOUR_MS;
    for (let n = 0; n < 4; n++) await service.watch.tick();
    expect(order).toEqual(order.map((_, n) => (n % 2 === 0 ? 'a' : 'b')));
    expect(order).toHaveLength(2 + 4 + 8 + 16); // each took what was due when it began
  });

  it('waits for blocks that cannot be read, and then does without them', async () => {
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS;
    service.unread = [{ blockId: 'b1', code: 'BT4004', message: 'is not there' }];
    await service.until(service.now + 5 * 60_000, 5_000);
    expect(service.reported).toEqual([]);
    expect(service.problems).toHaveLength(1);
    await service.until(service.now + 10 * 60_000, 5_000);
    expect(service.reported.length).toBeGreaterThan(0);
    const asked = service.asked.length;
    await service.until(DAY_MS + 8 * HOUR_MS + DELAY_MS);
    expect(service.asked).toHaveLength(asked + 2);
    expect(service.problems).toEqual([
      'windows of rules, tenant single-tenant: a block (b1 BT4004: is not there) cannot be read',
      'windows of rules, tenant single-tenant: judged without a block (b1 BT4004: is not there) that cannot be read',
    ]);
  });

  it('stops a rule that fails again and again for one tenant, until rules change; all else continues', async () => {
    const [first, second] = HOURLY_RULES as [ResolvedWindowRule, ResolvedWindowRule];
    const failing = first.item.id.text;
    service.tenants = ['a', 'b'];
    await service.start([first, second]);
    const { answer } = service;
    const ofFirst: string[] = [];
    service.answer = async (question, tenant) => {
      if (question.rules.includes(first)) ofFirst.push(tenant);
      return (await answer(question, tenant)).map((result) =>
        result.rule.id === failing && tenant === 'a'
          ? { ...notJudgedRules([first])[0]!, problem: { code: 'BT3002', message: 'too many series' } }
          : result,
      );
    };
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS;
    await service.until(service.now + 30 * 60_000, 5_000);
    // At once, and 10 s, 1 min, 5 min, 10 min, 10 min after that.
    expect(ofFirst.filter((tenant) => tenant === 'a')).toHaveLength(6);
    expect(service.counters.find('a', failing)).toMatchObject({ stopped: 'too many series' });
    expect(service.counters.find('b', failing)?.stopped).toBeUndefined();
    await service.until(DAY_MS + 8 * HOUR_MS + DELAY_MS);
    expect(ofFirst.filter((tenant) => tenant === 'b')).toHaveLength(3);
    expect(service.counters.find('a', second.item.id.text)?.passed).toBe(3);
    service.answer = answer;
    await service.until(service.now + 15 * 60_000, 60_000);
    expect(service.counters.find('a', failing)?.stopped).toBeUndefined();
    expect(service.counters.find('a', failing)?.passed).toBeGreaterThan(0);
  });

  it('begins a rule that is new, or has changed, with the window that ended last', async () => {
    await service.until(DAY_MS + 3 * HOUR_MS + DELAY_MS);
    service.asked.length = 0;
    const [slow] = rulesIn('rule slow { over 3d always { } | count_over_time() > 1 }');
    service.watch.setRules([...HOURLY_RULES, slow!]);
    await service.watch.tick();
    expect(service.asked.map(({ rules, judgedFromNs }) => [rules, judgedFromNs])).toEqual([
      [[slow], BigInt(Date.UTC(2026, 10, 15)) * 1_000_000n],
    ]);
    // Until when it was judged is days ago, and still known after it was away.
    service.watch.setRules(HOURLY_RULES);
    await service.until(DAY_MS + 6 * HOUR_MS);
    service.watch.setRules([...HOURLY_RULES, slow!]);
    await service.until(DAY_MS + 10 * HOUR_MS);
    expect(service.asked.filter(({ rules }) => rules.includes(slow!))).toHaveLength(1);
  });

  it('begins anew where what it kept cannot be read', async () => {
    service.text = '{"version":1,"marks":[{"tenant":1}]}';
    service.now = DAY_MS + 6 * HOUR_MS + DELAY_MS;
    await service.start();
    expect(service.problems).toEqual([
      'until when stored blocks were judged is not known: it has another form',
    ]);
    await service.watch.tick();
    expect(service.reported.length).toBeGreaterThan(0);
  });
});
