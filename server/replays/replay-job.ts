/** One replay that somebody asked for, from waiting to being forgotten. */
import type { ReplayProgress, ReplayStatus } from '../../engine/answers/replay-job.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { unmatchedPatterns, vacuousTexts } from '../../engine/plan/vacuity/texts.js';
import { isPartial, type ReplayResult } from '../../engine/replay/result.js';
import type { RunProgress } from '../../engine/spans/stored-run.js';
import type { Window } from '../../engine/sql/relations/window.js';
import type { RuleProblem } from '../../engine/verdicts/rule-problem.js';
import { doubtTexts } from '../shared/doubt.js';

export interface ReplayRequest {
  readonly tenant: string;
  readonly rules: readonly ResolvedRule[];
  readonly window: Window;
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Whether to find out what is different about them. */
  readonly why: boolean;
  /** The rules are of a text that was sent: what is found says nothing about those in force. */
  readonly trial: boolean;
}

export interface RuleCounts {
  readonly rule: string;
  readonly revision: string;
  readonly applicable: number;
  readonly passed: number;
  readonly vacuous: number;
  /** Patterns of clauses that could have failed and that nothing matched: a misspelt name shows so. */
  readonly unmatched: readonly string[];
  /** Why clauses could not have failed, for people; none where each could, or where that is accepted. */
  readonly vacuousClauses: readonly string[];
  readonly violated: number;
  readonly cannotTell: number;
  /** Why cases could not be determined, for people. */
  readonly cannotTellWhy: readonly string[];
  /** Nanoseconds since the Unix epoch of the first violation; absent for none. */
  readonly first?: bigint;
  /** Why the rule was not judged to the end. */
  readonly problem?: RuleProblem;
}

/** Reading a block for the first time takes about this much of a replay. */
const READING_SHARE = 0.7;

export class ReplayJob {
  status: ReplayStatus = 'waiting';
  progress: ReplayProgress = { stage: 'waiting', fraction: 0, blocks: 0, totalBlocks: 0, spans: 0 };
  counts: readonly RuleCounts[] | undefined;
  /** The traces that were looked at; known once it has succeeded. */
  range: ReplayResult['range'] = {};
  partial = false;
  error: string | undefined;
  /** Milliseconds since the Unix epoch, as the others. */
  readonly created = Date.now();
  started: number | undefined;
  ended: number | undefined;
  /** Counts changes, so that who comes back can tell what is new. */
  version = 1;
  private readonly controller = new AbortController();
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly request: ReplayRequest,
    /** Where the result is kept once there is one. */
    readonly resultPath: string,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get over(): boolean {
    return this.status !== 'waiting' && this.status !== 'running';
  }

  /** Takes effect soon, unless the replay is over. */
  cancel(reason: Error): void {
    this.controller.abort(reason);
  }

  start(): void {
    this.status = 'running';
    this.started = Date.now();
    this.changed();
  }

  advance({ stage, done, total, spans }: RunProgress): void {
    const part = total === 0 ? 1 : done / total;
    const reading = stage === 'reading';
    const fraction = reading ? part * READING_SHARE : READING_SHARE + part * (1 - READING_SHARE);
    this.progress = {
      ...this.progress,
      ...(reading && { blocks: done, totalBlocks: total, spans }),
      stage,
      // Rules over many traces take a second pass; nobody likes to see progress go back.
      fraction: Math.max(this.progress.fraction, fraction),
    };
    this.changed();
  }

  succeed(result: ReplayResult): void {
    this.counts = result.rules.map(
      ({ rule, applicable, passed, vacuous, clauses, violated, cannotTell, missing, first, problem }) => ({
        rule: rule.id,
        revision: rule.revision,
        applicable,
        passed,
        vacuous,
        unmatched: applicable === 0 ? [] : unmatchedPatterns(clauses),
        vacuousClauses: applicable === 0 || rule.settings.idle ? [] : vacuousTexts(rule, clauses),
        violated,
        cannotTell,
        cannotTellWhy: doubtTexts({ missing, cannotTell }),
        ...(first === undefined ? {} : { first }),
        ...(problem === undefined ? {} : { problem }),
      }),
    );
    this.range = result.range;
    this.partial = isPartial(result);
    this.progress = { ...this.progress, stage: 'done', fraction: 1 };
    this.end('succeeded');
  }

  fail(status: 'failed' | 'cancelled', message: string): void {
    this.error = message;
    this.end(status);
  }

  /** Calls `listener` after each change; returns how to take it back. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private end(status: ReplayStatus): void {
    this.status = status;
    this.ended = Date.now();
    this.changed();
  }

  private changed(): void {
    this.version++;
    for (const listener of this.listeners) listener();
  }
}
