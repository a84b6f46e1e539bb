/** Evidence counts what judging again has changed, once, wherever the process is killed. */
import { expect, it } from 'vitest';
import type { CaseTally } from '../../engine/live/tally.js';
import type { Trace } from '../../engine/otlp/model.js';
import { AUDITED, ONCE, play, start, traceAt } from './flows/support.js';
import { restOf, TestLive, traceOf } from './support.js';

const FORBIDDEN = 'rule forbidden { when { name = "root" } never { name = "charge" } }';
const CHECKED = 'rule checked { when { name = "root" } always { name = "check" } }';

/** A tally that outlives processes, and in which one is killed. */
class HeldTally implements CaseTally {
  readonly mostIds = 10;
  changesUpTo = 0;
  violated = 0;
  retracted = 0;
  /** When the process is killed, by what it counts next; undefined for not at all. */
  killed: 'before it counts' | 'once it has counted' | undefined;
  private readonly traces = new Set<string>();

  has = (trace: string, group: string): boolean => this.traces.has(`${trace} ${group}`);
  counted: CaseTally['counted'] = async ({ traces, group }) => {
    for (const trace of traces) this.traces.add(`${trace} ${group}`);
  };
  countedFlows = async (): Promise<void> => undefined;
  changed: CaseTally['changed'] = async (_, __, { violated = [], retracted = 0 }, seq) => {
    if (this.killed === 'before it counts') throw new Error('the process is gone');
    if (seq === undefined || seq > this.changesUpTo) {
      this.violated += violated.length;
      this.retracted += retracted;
      this.changesUpTo = seq ?? this.changesUpTo;
    }
    if (this.killed === 'once it has counted') throw new Error('the process is gone');
  };
  refused = (): void => undefined;
  forget = (): void => undefined;
  retain = (): void => undefined;
}

/** What is judged first, and what comes for it afterwards. */
interface Changed {
  readonly open: (tally: CaseTally) => Promise<TestLive>;
  readonly play: (test: TestLive, traces: readonly Trace[]) => Promise<void>;
  readonly first: readonly Trace[];
  readonly late: readonly Trace[];
  readonly counts: { readonly violated: number; readonly retracted: number };
}

const whole = traceOf(1, 'root', 'other', 'charge');
const checked = traceOf(1, 'root', 'other', 'check');
const ofTraces = async (test: TestLive, traces: readonly Trace[]): Promise<void> => {
  await test.send(...traces);
  await test.wait(8);
};
const ofFlows = async (test: TestLive, traces: readonly Trace[]): Promise<void> =>
  await play(test, ...traces);

const CHANGES: Readonly<Record<string, Changed>> = {
  'a violation of a trace': {
    open: async (tally) => await TestLive.start({ rules: FORBIDDEN, tally }),
    play: ofTraces,
    first: [{ ...whole, spans: whole.spans.slice(0, 2) }],
    late: [restOf(whole, 2)],
    counts: { violated: 1, retracted: 0 },
  },
  'a retraction in a trace': {
    open: async (tally) => await TestLive.start({ rules: CHECKED, tally }),
    play: ofTraces,
    first: [{ ...checked, spans: checked.spans.slice(0, 2) }],
    late: [restOf(checked, 2)],
    counts: { violated: 0, retracted: 1 },
  },
  'a violation of a flow': {
    open: async (tally) => await start(ONCE, {}, { tally }),
    play: ofFlows,
    first: [traceAt(31, 'mail', 'a', 2), traceAt(60, 'tick', 't', 3)],
    late: [traceAt(33, 'mail', 'a', 4), traceAt(62, 'tick', 't', 5)],
    counts: { violated: 1, retracted: 0 },
  },
  'a retraction in a flow': {
    open: async (tally) => await start(AUDITED, {}, { tally }),
    play: ofFlows,
    first: [traceAt(11, 'read', 'a', 2), traceAt(60, 'tick', 't', 3)],
    late: [traceAt(15, 'audit', 'a', 4, [2]), traceAt(62, 'tick', 't', 5)],
    counts: { violated: 0, retracted: 1 },
  },
};

it.each(
  Object.entries(CHANGES).flatMap(([name, change]) =>
    ([undefined, 'before it counts', 'once it has counted'] as const).map(
      (killed) => [name, killed, change] as const,
    ),
  ),
)('%s is counted once where the process is killed: %s', async (_, killed, change) => {
  const tally = new HeldTally();
  const test = await change.open(tally);
  await change.play(test, change.first);
  expect({ violated: tally.violated, retracted: tally.retracted }).toEqual({ violated: 0, retracted: 0 });
  tally.killed = killed;
  await change.play(test, change.late);
  if (killed !== undefined) {
    expect(test.problems.join()).toContain('the process is gone');
    tally.killed = undefined;
    await test.crash();
    await test.wait(10);
  }
  expect({ violated: tally.violated, retracted: tally.retracted }).toEqual(change.counts);
  await test.crash();
  await test.wait(10);
  expect({ violated: tally.violated, retracted: tally.retracted }).toEqual(change.counts);
});
