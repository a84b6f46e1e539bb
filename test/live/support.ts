/** A live path of its own for a test, with a clock that the test moves. */
import { onTestFinished } from 'vitest';
import type { FlowStore } from '../../engine/live/flows/flow-store.js';
import type { Evaluator } from '../../engine/live/judge/evaluator.js';
import { Judge } from '../../engine/live/judge/judge.js';
import { SqlEvaluator } from '../../engine/live/judge/sql-evaluator.js';
import { Live } from '../../engine/live/live.js';
import { noDisk } from '../../engine/live/log/disk-none.js';
import { protobufOf } from '../../engine/live/otlp/of-traces.js';
import type { RuleEvent } from '../../engine/live/rule-health.js';
import { type RuleSet, ruleSet } from '../../engine/live/rules/rule-set.js';
import { DEFAULT_LIVE_SETTINGS, type LiveSettings } from '../../engine/live/settings.js';
import type { CaseTally } from '../../engine/live/tally.js';
import { traceIdOf } from '../../engine/live/traces/open-trace.js';
import type { EmittedViolation } from '../../engine/live/violation/span.js';
import type { WindowStore } from '../../engine/live/windows/window-store.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import type { WindowViolation } from '../../engine/verdicts/window-violation.js';
import { span, traceId } from '../support/arbitrary/spans.js';
import { FaultyDisk } from './log/faulty-disk.js';
import { resolvedRules } from './simulation/resolved-rules.js';
import { casesOf, rulesOf } from './simulation/rules.js';

export interface LiveOptions {
  readonly rules: string;
  readonly settings?: Partial<LiveSettings>;
  readonly ruleLimitMs?: number;
  readonly mostViolations?: number;
  readonly segmentBytes?: number;
  /** Judges in place of the database. */
  readonly evaluator?: Evaluator;
  /** Where flows are kept: rules across traces are judged, too, and each process has a database of its own. */
  readonly flowsFile?: string;
  /** What judges flows in the place of what would. */
  readonly flowStore?: (store: FlowStore) => FlowStore;
  /** Where windows are counted: rules over many traces are judged by the spans that come. */
  readonly windowsFile?: string;
  /** What counts windows in the place of what would. */
  readonly windowStore?: (store: WindowStore) => WindowStore;
  readonly tally?: CaseTally;
  /** Whether spans come out of a topic that keeps them: the log of spans keeps nothing. */
  readonly sentAgain?: boolean;
}

/** In milliseconds. */
export const DEFAULT_DELAYS = {
  overEarlyDelay: DEFAULT_LIVE_SETTINGS.overEarlyMs,
  overDelay: DEFAULT_LIVE_SETTINGS.overDelayMs,
};

export class TestLive {
  /** Milliseconds since the test began. */
  time = 0;
  /** How far the clock of the machine was set ahead. */
  setAhead = 0;
  live!: Live;
  readonly problems: string[] = [];
  /** `tenant rule event`, with the numbers of traces and spans. */
  readonly ruleEvents: string[] = [];
  /** `tenant rule trace` */
  readonly retracted: string[] = [];
  /** `rule trace basis`, in the order in which they were emitted. */
  readonly emitted: string[] = [];
  readonly violations: EmittedViolation[] = [];
  readonly windows: WindowViolation[] = [];
  readonly disks = [new FaultyDisk(), new FaultyDisk()] as const;

  private rules: string;
  private judge!: Judge;
  private flows: (() => Promise<FlowStore>) | undefined;
  private counts: (() => Promise<WindowStore>) | undefined;

  private constructor(private readonly options: LiveOptions) {
    this.rules = options.rules;
  }

  static async start(options: LiveOptions): Promise<TestLive> {
    const test = new TestLive(options);
    await test.openJudge();
    onTestFinished(async () => {
      await test.live.close();
      test.judge.close();
    });
    await test.open();
    return test;
  }

  private async openJudge(): Promise<void> {
    const { evaluator, ruleLimitMs = 60_000, mostViolations = 10_000, flowsFile, windowsFile } = this.options;
    const { flowStore = (store: FlowStore) => store } = this.options;
    const { windowStore = (store: WindowStore) => store } = this.options;
    const opened =
      evaluator ?? (await SqlEvaluator.open({ memory: 2 ** 28, threads: 1, ruleLimitMs, mostViolations }));
    this.judge = new Judge(opened);
    if (flowsFile !== undefined && opened instanceof SqlEvaluator)
      this.flows = async () => flowStore(await opened.flowsIn(flowsFile));
    if (windowsFile !== undefined && opened instanceof SqlEvaluator)
      this.counts = async () => windowStore(await opened.windowsIn(windowsFile, { mostCounts: 10_000 }));
  }

  async open(): Promise<void> {
    await this.prepare();
    await this.live.recover();
  }

  /** Opens the logs without reading that of the spans. */
  async prepare(): Promise<Live> {
    const { rules } = this;
    const { settings, segmentBytes = 2 ** 20, tally, sentAgain = false } = this.options;
    const log = { segmentBytes, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 };
    this.live = await Live.prepare(
      {
        now: () => EPOCH_MS + this.time,
        wall: () => EPOCH_MS + this.time + this.setAhead,
        spanLog: { ...log, disk: sentAgain ? noDisk() : this.disks[0] },
        sentAgain,
        outboxLog: { ...log, disk: this.disks[1] },
        judge: this.judge,
        ...(this.flows === undefined ? {} : { flows: this.flows }),
        ...(this.counts === undefined ? {} : { windows: this.counts }),
        onWindowViolation: (_, __, violation) => this.windows.push(violation),
        onProblem: (message) => this.problems.push(message),
        onRetraction: (tenant, rule, { trace }) =>
          this.retracted.push([tenant, rule.id, Number.parseInt(traceIdOf(trace), 16)].join(' ')),
        onRuleEvent: (tenant, rule, event) =>
          this.ruleEvents.push([tenant, rule.id, eventText(event)].join(' ')),
        onViolation: (tenant, violation) => {
          this.emitted.push(violationText(tenant, violation));
          this.violations.push(violation);
        },
        ...(tally === undefined ? {} : { tally }),
      },
      { ...DEFAULT_LIVE_SETTINGS, ...settings },
      this.rulesIn(rules),
    );
    return this.live;
  }

  /** Those of the text that are judged. */
  rulesIn(text: string): RuleSet {
    if (this.counts !== undefined) return ruleSet(resolvedRules(text), [], true);
    return ruleSet(this.flows === undefined ? rulesOf(text) : casesOf(text));
  }

  /** Kills the process: only what is on disk is left. The next one has the same rules, or these. */
  async crash(rules?: string): Promise<void> {
    this.rules = rules ?? this.rules;
    for (const disk of this.disks) disk.crash(0);
    if (this.flows !== undefined || this.counts !== undefined) {
      this.judge.close();
      await this.openJudge();
    }
    await this.open();
  }

  async send(...traces: readonly Trace[]): Promise<void> {
    await this.sendAs('shop', ...traces);
  }

  async sendAs(tenant: string, ...traces: readonly Trace[]): Promise<void> {
    await this.live.accept(tenant, Buffer.from(protobufOf(traces)));
  }

  /** Lets time pass, a tick each second. */
  async wait(seconds: number): Promise<void> {
    for (let n = 0; n < seconds; n++) {
      this.time += 1000;
      await this.live.tick();
    }
  }
}

/** When the spans of `support/arbitrary/spans.ts` begin. */
const EPOCH_MS = 1_700_000_000_000;

function eventText(event: RuleEvent): string {
  switch (event.kind) {
    case 'too large':
      return `too large: ${Number.parseInt(event.traceId, 16)}`;
    case 'stopped':
      return `stopped from ${event.fromSpans} spans for ${event.forMs / 1000} s`;
    case 'cannot tell':
      return `cannot tell: ${event.missing.join(', ')} in ${Number.parseInt(event.traceId ?? '', 16)}`;
    case 'tried again':
    case 'running again':
      return event.kind;
  }
}

function violationText(tenant: string, { rule, found, basis }: EmittedViolation): string {
  const trace = Number.parseInt(found.traceId, 16);
  return [...(tenant === 'shop' ? [] : [tenant]), rule.id, trace, basis].join(' ');
}

/** A trace with a root and children of these names. */
export function traceOf(number: number, ...names: readonly string[]): Trace {
  return { traceId: traceId(number), spans: names.map((name, n) => spanOf(n, name)) };
}

/** The same trace without the spans before the n-th. */
export function restOf(trace: Trace, from: number): Trace {
  return { ...trace, spans: trace.spans.slice(from) };
}

function spanOf(spanNumber: number, name: string): Span {
  return span(spanNumber + 1, spanNumber === 0 ? undefined : 1, { name });
}
