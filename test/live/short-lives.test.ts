/** Processes that do not live for long: what one has done, and how long it has waited, is not lost on the next. */
import { describe, expect, it } from 'vitest';
import type { Evaluator, Judgement } from '../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../engine/live/judge/snapshot.js';
import { SqlEvaluator } from '../../engine/live/judge/sql-evaluator.js';
import { ruleSet } from '../../engine/live/rules/rule-set.js';
import type { Plan } from '../../engine/plan/plan.js';
import { rulesOf } from './simulation/rules.js';
import { restOf, TestLive, traceOf } from './support.js';

const CHECKED = 'rule checked { when { name = "charge" } always { name = "check" } }';
const LATER = 'rule later { closes after 60s when { name = "charge" } always { name = "check" } }';

const MS_PER_SPAN = 0.4;

/** Reports the spans that it judges, so that it can be given the time for it. */
class SlowEvaluator implements Evaluator {
  judged = 0;
  onSpans: (spans: number) => void = () => undefined;

  private constructor(private readonly sql: SqlEvaluator) {}

  static async open(): Promise<SlowEvaluator> {
    const options = { memory: 2 ** 28, threads: 1, ruleLimitMs: 60_000, mostViolations: 10_000 };
    return new SlowEvaluator(await SqlEvaluator.open(options));
  }

  async evaluate(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    const spans = traces.reduce((sum, { pieces }) => sum + pieces.flatMap(({ rows }) => rows).length, 0);
    this.onSpans(spans);
    const judgement = await this.sql.evaluate(plan, traces);
    this.judged += spans;
    return judgement;
  }

  close(): void {
    this.sql.close();
  }
}

/** Lives for so long, and is killed in the middle of what it does then. */
async function live(test: TestLive, slow: SlowEvaluator, ms: number): Promise<void> {
  const end = test.time + ms;
  let killed = false;
  slow.onSpans = (spans) => {
    if (killed) throw new Error('the process is gone');
    test.time = Math.min(end, test.time + spans * MS_PER_SPAN);
    if (test.time < end) return;
    killed = true;
    kill(test);
  };
  while (test.time < end && !killed) await test.wait(1);
  slow.onSpans = () => undefined;
  kill(test);
  await revive(test);
}

/** From now on nothing that the process does reaches the disks. */
function kill({ disks }: TestLive): void {
  for (const disk of disks) {
    disk.crash(0);
    disk.away = true;
  }
}

async function revive(test: TestLive): Promise<void> {
  for (const disk of test.disks) disk.away = false;
  await test.crash();
}

describe('a backlog that takes longer than a process lives', () => {
  it.each([
    ['whole traces', 60_000],
    ['traces without a root', 120_000],
  ])('is judged bit by bit, and nothing twice: %s', async (what, mostMs) => {
    const slow = await SlowEvaluator.open();
    const test = await TestLive.start({ rules: CHECKED, evaluator: slow });
    const from = what === 'whole traces' ? 0 : 1;
    const traces = Array.from({ length: 3000 }, (_, n) =>
      restOf(traceOf(n + 1, 'root', 'charge', 'step', 'step'), from),
    );
    for (let n = 0; n < traces.length; n += 100) await test.send(...traces.slice(n, n + 100));
    const spans = traces.length * (4 - from);
    const begun = test.time;
    let lives = 0;
    let violations = 0;
    while (test.emitted.length < traces.length && test.time - begun < mostMs) {
      lives++;
      const dying = test.live;
      await live(test, slow, 5000);
      violations += dying.counters.find('shop', 'checked')?.violations ?? 0;
      // However long it is down, its traces have not been quiet for it.
      test.time += 100;
    }
    expect(new Set(test.emitted).size).toBe(traces.length);
    expect(test.emitted).toHaveLength(traces.length);
    expect(violations).toBe(traces.length);
    // What a process leaves undone is not more than what it has done, but for the first batch.
    expect(slow.judged).toBeLessThan(2 * spans + lives * 2000);
    expect(lives).toBeGreaterThanOrEqual(3);
    await test.wait(200);
    expect(test.live.openTraces).toBe(0);
  });
});

describe('the silence of a trace', () => {
  it('continues over restarts, but for the time that nobody listened', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.send(restOf(traceOf(1, 'root', 'charge'), 1));
    for (let life = 0; life < 5; life++) {
      await test.wait(5);
      test.time += 3_600_000;
      await test.crash();
    }
    expect(test.emitted).toEqual([]);
    await test.wait(8);
    expect(test.emitted).toEqual(['checked 1 quiet']);
  });

  it('does not end at a start, as its spans may wait at their senders', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    await test.wait(100);
    const trace = traceOf(1, 'charge', 'check');
    await test.send({ ...trace, spans: trace.spans.slice(0, 1) });
    await test.wait(4);
    await test.crash();
    await test.wait(8);
    await test.send(restOf(trace, 1));
    await test.wait(20);
    expect(test.emitted).toEqual([]);
    expect(test.live.counters.closed).toEqual({ complete: 1, quiet: 0, partial: 0 });
    expect(test.live.counters.late).toBe(0);
  });
});

describe('a trace that was judged before a restart', () => {
  it('is not judged again, and not counted again', async () => {
    const slow = await SlowEvaluator.open();
    const test = await TestLive.start({ rules: CHECKED, evaluator: slow });
    await test.send(traceOf(1, 'charge', 'step'), traceOf(2, 'charge', 'check'));
    await test.wait(7);
    expect(slow.judged).toBe(4);
    await test.crash();
    await test.wait(30);
    expect(test.live.openTraces).toBe(2);
    expect(slow.judged).toBe(4);
    expect(test.live.counters.closed).toEqual({ complete: 0, quiet: 0, partial: 0 });
    await test.wait(60);
    expect(test.live.openTraces).toBe(0);
  });

  it('is judged with all of its spans where more come', async () => {
    const test = await TestLive.start({ rules: CHECKED });
    const trace = traceOf(1, 'charge', 'check');
    await test.send({ ...trace, spans: trace.spans.slice(0, 1) });
    await test.wait(7);
    expect(test.emitted).toEqual(['checked 1 complete']);
    await test.crash();
    await test.wait(12);
    await test.send(restOf(trace, 1));
    expect(test.live.counters.late).toBe(1);
    await test.crash();
    await test.wait(12);
    expect(test.retracted).toEqual(['shop checked 1']);
  });

  it('is judged by the rules that had not, and by all where they are others', async () => {
    const slow = await SlowEvaluator.open();
    const rules = `${CHECKED} ${LATER}`;
    const test = await TestLive.start({ rules, evaluator: slow });
    await test.send(traceOf(1, 'charge', 'step'));
    await test.wait(7);
    expect([test.emitted, slow.judged]).toEqual([['checked 1 complete'], 2]);
    await test.crash();
    await test.wait(30);
    expect(slow.judged).toBe(2);
    await test.crash();
    test.live.setRules(ruleSet(rulesOf(`${rules} rule new { never { name = "charge" } }`)));
    await test.wait(6);
    expect(test.emitted).toEqual(['checked 1 complete', 'new 1 complete']);
    await test.wait(40);
    expect(test.emitted.at(-1)).toBe('later 1 complete');
    await test.crash();
    test.live.setRules(ruleSet(rulesOf('rule newest { never { name = "charge" } }')));
    await test.wait(30);
    expect(test.emitted).toHaveLength(3);
  });
});

describe('a log that is too long for the memory of its process', () => {
  it('is let go of while it is read, so that the next process has less to read', async () => {
    const settings = { quietAfterMs: 1_000_000, completeAfterMs: 1_000_000 };
    const test = await TestLive.start({ rules: CHECKED, settings, segmentBytes: 2000 });
    for (let n = 1; n <= 200; n++) await test.send(traceOf(n, 'charge', 'step'));
    Object.assign(settings, { maxBytes: test.live.openBytes / 5 });
    kill(test);
    for (const anyDisk of test.disks) anyDisk.away = false;
    const [disk] = test.disks;
    const segments = (await disk.list()).filter((name) => name.endsWith('.log'));
    const left = async (): Promise<number> => {
      const names = await disk.list();
      return segments.filter((name) => names.includes(name)).length;
    };
    const reading = await test.prepare();
    const read = disk.read.bind(disk);
    let reads = 0;
    // Each is read twice: killed when most of them have been for the second time.
    disk.read = async (name) => {
      if (++reads === Math.floor(segments.length * 1.8)) kill(test);
      return await read(name);
    };
    await reading.recover().catch(() => undefined);
    disk.read = read;
    expect(await left()).toBeLessThan(segments.length * 0.7);
    Object.assign(settings, { quietAfterMs: 2000, completeAfterMs: 1000 });
    await revive(test);
    await test.wait(20);
    expect(new Set(test.emitted).size).toBe(200);
  });
});
