/** Windows that are judged by the spans that come, and corrected by the stored blocks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { JudgedUntil } from '../../../engine/live/stored/judged-until.js';
import type { WindowAnswer } from '../../../engine/live/windows/window-ports.js';
import type { WindowStore } from '../../../engine/live/windows/window-store.js';
import { WindowWatch } from '../../../engine/live/windows/window-watch.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { planWindowRules } from '../../../engine/plan/lower/lower-windows.js';
import { notJudged } from '../../../engine/replay/over/judge.js';
import type { WindowViolation } from '../../../engine/verdicts/window-violation.js';
import { liveRule } from '../../../server/live/live-rule.js';
import { EPOCH, span, traceId } from '../../support/arbitrary/spans.js';
import { resolvedRules } from '../simulation/resolved-rules.js';
import { DEFAULT_DELAYS, type LiveOptions, TestLive } from '../support.js';

const RULES = 'rule busy { over 1m never { name = "a" } | count_over_time() by (span.who) > 2 }';
/** A multiple of a minute, and of a second after the beginning of the test. */
const FIRST_MS = Math.ceil(Number(EPOCH / 1_000_000n) / 60_000) * 60_000;
const BEGUN_MS = Number(EPOCH / 1_000_000n);
const SETTINGS = { overEarlyMs: 20_000, overDelayMs: 600_000, latenessMs: 1000 };

const directory = mkdtempSync(join(tmpdir(), 'betrace-early-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;

async function start(rules = RULES, options: Pick<LiveOptions, 'windowStore'> = {}): Promise<TestLive> {
  const windowsFile = join(directory, `${files++}.db`);
  return await TestLive.start({ ...options, rules, settings: SETTINGS, windowsFile });
}

let traces = 0;
/** A trace of one span that begins so many seconds after the first whole window does. */
function traceAt(seconds: number, who = 'x', name = 'a'): Trace {
  const number = ++traces;
  const start = BigInt(FIRST_MS + seconds * 1000) * 1_000_000n;
  return {
    traceId: traceId(number),
    spans: [{ ...span(number, undefined, { name, attributes: { who } }), start }],
  };
}

/** Lets time pass up to so many seconds after the first whole window begins. */
async function until(test: TestLive, seconds: number): Promise<void> {
  await test.wait((FIRST_MS - BEGUN_MS - test.time) / 1000 + seconds);
}

const state = ({ live }: TestLive, rule = 'busy') =>
  liveRule(live.counters, 'shop', rule, DEFAULT_DELAYS)?.early;
const counts = ({ live }: TestLive) => live.counters.find('shop', 'busy')!;
const spansOut = ({ live }: TestLive): number => live.outbox.depth;

/** What the stored blocks say, window by window. */
async function correction(
  test: TestLive,
  violations: readonly WindowViolation[],
  answer: Partial<WindowAnswer> = {},
): Promise<{ readonly watch: WindowWatch; readonly retracted: string[]; readonly found: string[] }> {
  const retracted: string[] = [];
  const found: string[] = [];
  let text: string | undefined;
  const file = {
    load: async () => text,
    save: async (now: string) => {
      text = now;
    },
  };
  const rules = resolvedRules(RULES);
  const [plan] = planWindowRules(rules).rules;
  const watch = new WindowWatch(
    {
      wall: () => BEGUN_MS + test.time,
      tenants: () => ['shop'],
      judge: async (_, { judgedFromNs, range }) => {
        const mine = violations.filter(({ fromNs, toNs }) => fromNs >= judgedFromNs! && toNs <= range.toNs);
        return {
          results: [{ ...notJudged(plan!), violations: mine, violated: mine.length }],
          unread: [],
          ...answer,
        };
      },
      outbox: test.live.outbox,
      counters: test.live.counters,
      judged: await JudgedUntil.open(file, (message) => expect.fail(message)),
      onViolation: (_, __, { id }) => void found.push(id),
      onRetraction: (_, __, { id }) => void retracted.push(id),
      onProblem: () => undefined,
    },
    { delayMs: SETTINGS.overDelayMs, mostViolations: 100 },
  );
  watch.setRules(rules);
  return { watch, retracted, found };
}

/** Three spans of x in the first whole window, and time enough for it to be judged. */
async function violated(): Promise<TestLive> {
  const test = await start();
  await until(test, 30);
  await test.send(traceAt(10), traceAt(20), traceAt(29), traceAt(30, 'y'));
  await until(test, 95);
  await test.send(traceAt(95, 'z'));
  await until(test, 130);
  return test;
}

describe('a window', () => {
  it('is judged once its end has passed by the clock of spans, and the delay', async () => {
    const test = await start();
    await until(test, 30);
    await test.send(traceAt(10), traceAt(20), traceAt(29), traceAt(30, 'y'));
    await until(test, 75);
    await test.send(traceAt(75, 'z'));
    await until(test, 300);
    // By the clock of spans it is 74 s, however late by that of the machine.
    expect(test.windows).toEqual([]);
    await test.send(traceAt(81, 'z'));
    await until(test, 306);
    expect(test.windows).toEqual([
      expect.objectContaining({
        fromNs: BigInt(FIRST_MS) * 1_000_000n,
        value: 3,
        labels: [{ name: 'span.who', value: 'x' }],
      }),
    ]);
    expect(counts(test).violations).toBe(1);
    expect(state(test)).toEqual({
      delaySeconds: 60,
      correctedAfterSeconds: 2700,
      judgedUntil: new Date(FIRST_MS + 60_000).toISOString(),
      waits: null,
    });
  });

  it('waits for traces that began in it and are open', async () => {
    const test = await start();
    await until(test, 50);
    await test.send(traceAt(10), traceAt(20));
    await until(test, 58);
    const open = traceAt(50);
    const later = { ...open, spans: [{ ...span(900, 1, { name: 'b' }), start: open.spans[0]!.start }] };
    await test.send(open);
    for (let seconds = 60; seconds < 110; seconds += 3) {
      await until(test, seconds);
      await test.send(later, traceAt(seconds, 'z', 'b'));
    }
    expect(test.windows).toEqual([]);
    await until(test, 160);
    expect(test.windows).toHaveLength(1);
  });

  it('that began before its rule was there waits for the stored blocks', async () => {
    const test = await start();
    await until(test, -20);
    await test.send(traceAt(-20), traceAt(-21), traceAt(-22));
    await until(test, 90);
    await test.send(traceAt(90));
    await until(test, 100);
    expect(test.windows).toEqual([]);
    expect(state(test)?.judgedUntil).toBe(new Date(FIRST_MS + 60_000).toISOString());
  });

  it('is judged once, with the spans of before, where the process is killed', async () => {
    const test = await start();
    await until(test, 30);
    await test.send(traceAt(10), traceAt(20));
    await until(test, 45);
    await test.crash();
    await test.send(traceAt(40));
    await until(test, 95);
    await test.send(traceAt(95, 'z'));
    await until(test, 130);
    expect(test.windows).toMatchObject([{ value: 3 }]);
    await test.crash();
    await test.send(traceAt(131, 'z'));
    await until(test, 150);
    expect(test.windows).toHaveLength(1);
    expect(test.problems).toEqual([]);
  });

  it('counts a copy once, and a span that comes late while its trace is kept', async () => {
    const test = await start();
    await until(test, 30);
    const [first, second] = [traceAt(10), traceAt(20)];
    await test.send(first, second, second);
    await until(test, 50);
    await test.send(first, second);
    const late = {
      ...second,
      spans: [{ ...span(901, undefined, { attributes: { who: 'x' } }), start: first.spans[0]!.start }],
    };
    await until(test, 60);
    await test.send(late);
    await until(test, 95);
    await test.send(traceAt(95, 'z'));
    await until(test, 130);
    expect(test.windows).toMatchObject([{ value: 3 }]);
  });
});

describe('rules that change while windows are judged', () => {
  const RARE = 'rule rare { over 1m never { name = "b" } | count_over_time() by (span.who) > 2 }';

  it('judge nothing by what the rules before have counted', async () => {
    let due = false;
    const windowStore = (store: WindowStore): WindowStore => {
      const judge = store.judge.bind(store);
      return Object.assign(store, {
        judge: async (...given: Parameters<WindowStore['judge']>) => {
          if (due) test.live.setRules(test.rulesIn(RARE));
          due = false;
          return await judge(...given);
        },
      });
    };
    const test = await start(RULES, { windowStore });
    await until(test, 30);
    for (const tenant of ['shop', 'bank']) await test.sendAs(tenant, traceAt(10), traceAt(20), traceAt(29));
    await until(test, 95);
    due = true;
    for (const tenant of ['shop', 'bank']) await test.sendAs(tenant, traceAt(95, 'z'));
    await until(test, 130);
    expect(due).toBe(false);
    expect(test.problems).toEqual([]);
    expect(test.live.outbox.depth).toBe(test.windows.length);
    expect(test.live.counters.find('bank', 'rare')?.violations).toBe(0);
    expect(test.live.counters.find('shop', 'rare')?.violations).toBe(0);
  });
});

describe('the stored blocks', () => {
  it('say nothing anew of what was found early, and then it need not be known any more', async () => {
    const test = await violated();
    const { watch, found, retracted } = await correction(test, test.windows);
    expect(spansOut(test)).toBe(1);
    await watch.tick();
    expect(test.live.outbox.traces()).toHaveLength(1);
    await until(test, 700);
    await watch.tick();
    expect([found, retracted, spansOut(test)]).toEqual([[], [], 1]);
    expect(counts(test)).toMatchObject({ violations: 1, retracted: 0 });
    expect(test.live.outbox.traces()).toEqual([]);
  });

  it('take back what is none, once, and add what was not found', async () => {
    const test = await violated();
    const [early] = test.windows as [WindowViolation];
    const other = { ...early, id: early.id.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) };
    const { watch, found, retracted } = await correction(test, [other]);
    await until(test, 600);
    await watch.tick();
    expect(retracted).toEqual([]);
    await until(test, 700);
    await watch.tick();
    await watch.tick();
    expect([found, retracted, spansOut(test)]).toEqual([[other.id], [early.id], 3]);
    expect(counts(test)).toMatchObject({ violations: 2, retracted: 1 });
  });

  it('take nothing back where blocks cannot be read, or not all that was found is named', async () => {
    for (const answer of [
      { unread: [{ code: 'BT4004', message: 'is not there', blockId: 'b' }] },
      { results: [{ ...notJudged(planWindowRules(resolvedRules(RULES)).rules[0]!), violated: 5 }] },
    ]) {
      const test = await violated();
      const { watch, retracted } = await correction(test, [], answer);
      for (let seconds = 660; seconds < 2000; seconds += 60) {
        await until(test, seconds);
        await watch.tick();
      }
      expect(retracted).toEqual([]);
      expect(test.live.outbox.traces()).toEqual([]);
    }
  });

  it('are waited for where a rule cannot be counted, and that is said', async () => {
    const test = await start(
      `${RULES} rule exact { over 1m always { } | quantile_over_time(duration, 0.5) < 1h }`,
    );
    await until(test, 10);
    // More different durations than there may be counts.
    const spans = Array.from({ length: 10_001 }, (_, n) =>
      span(n + 1, n === 0 ? undefined : 1, { ticks: n + 1 }),
    );
    await test.send({ traceId: traceId(++traces), spans });
    await until(test, 300);
    expect(state(test, 'exact')?.waits).toBe('it needs more than 10000 counts (live.over_counts)');
    expect(state(test)?.waits).toBe(null);
    expect(test.problems.join()).toContain(
      'exact, tenant shop: cannot tell early, its windows wait for stored blocks: it needs more than 10000 counts',
    );
  });
});
