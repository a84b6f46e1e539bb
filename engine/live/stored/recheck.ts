/**
 * What was judged over stored blocks is judged there once more, some time later: spans that came to the blocks after the first time may have made a
 * violation of what passed, or undone one. A violation that is none any more is retracted, whoever has reported it.
 *
 * What was reported is known to whoever judges it again (`Rechecks`): it is claimed together with what it replaces, so that a violation is neither
 * retracted nor reported by two. What was not kept, for want of room, is not judged again; it is counted.
 */
import type { RulePlan } from '../../plan/plan.js';
import { greatest, least } from '../../shared/least.js';
import { messageOf } from '../../shared/message-of.js';
import type { LiveCounters } from '../counters.js';
import type { OutboxEntry } from '../outbox/entry.js';
import { recordInParts } from '../outbox/in-records.js';
import type { Outbox } from '../outbox/outbox.js';
import type { OwnedRule } from '../ownership/owned-rule.js';
import type { Reported, TimeRange } from '../ownership/pieces.js';
import { type RecheckOf, type Rechecks, recheckRevision } from '../ownership/rechecks.js';
import { type Change, retraction } from '../reconcile.js';
import { timeText } from '../windows/next-windows.js';
import { Attempts } from './attempts.js';
import type { JudgedEntries } from './judged-entries.js';
import type { JudgedUntil } from './judged-until.js';
import type { UnreadBlock } from './trouble.js';

export type OfRule = OwnedRule & Pick<RulePlan, 'settings'>;

/** What a rule found the first time. */
export interface FoundFirst {
  readonly rule: OfRule;
  readonly reported: readonly Reported[];
  /** With those that are not named. */
  readonly violated: number;
}

/** A violation that is there now. */
export interface FoundAgain {
  readonly id: string;
  /** Makes it stand; undefined where it does, by what the outbox has of it. */
  readonly change: (before: ReadonlyMap<string, OutboxEntry>) => ReportingChange | undefined;
}

export interface ReportingChange extends Change {
  /** To be called once it is in the outbox. */
  readonly onReported: () => void;
}

/** What came of one rule. */
export interface JudgedAgain {
  readonly problem?: { readonly message: string };
  readonly found: readonly FoundAgain[];
  /** Violations that were found and are not among them. */
  readonly leftOut: number;
  /** Whether a violation that ended then would be among them. */
  readonly decides: (sees: Reported['sees']) => boolean;
}

export interface RecheckedAnswer {
  /** By the rules that were asked for. */
  readonly results: readonly JudgedAgain[];
  /** Blocks that are missing in them. */
  readonly unread: readonly UnreadBlock[];
}

/** A rule and what of it is due. */
export interface DueAgain<Rule> extends RecheckOf {
  readonly watched: Rule;
  readonly rule: OfRule;
}

/** Start of the earliest block of a tenant, in nanoseconds since the Unix epoch; undefined where there is none. Rejects where blocks cannot be listed. */
export type StoredSince = (tenant: string) => Promise<bigint | undefined>;

/** Where what was judged is judged once more. */
export interface AgainPorts {
  readonly rechecks: Rechecks;
  readonly storedSince: StoredSince;
}

export interface RecheckPorts<Rule> extends AgainPorts {
  /** Milliseconds since the Unix epoch. */
  readonly wall: () => number;
  readonly counters: LiveCounters;
  readonly outbox: Pick<Outbox, 'record' | 'entriesOf'>;
  readonly judged: JudgedUntil;
  readonly entries: JudgedEntries;
  readonly onProblem: (message: string) => void;
  readonly planOf: (rule: Rule) => OfRule;
  /** Nanoseconds: how long after its time a case may see spans. */
  readonly seesNs: (rule: Rule) => bigint;
  /** Rules that have the same, and are due of the same time, are judged at once. */
  readonly groupOf: (rule: Rule) => string;
  readonly judge: (tenant: string, due: readonly DueAgain<Rule>[]) => Promise<RecheckedAnswer>;
  /** What the outbox knows a violation by in the place of a trace; and the span that retracts it. */
  readonly placeOf: (tenant: string, rule: OfRule, id: string) => string;
  readonly retractionOf: (rule: Rule, reported: Reported) => Uint8Array;
  readonly onRetraction: (tenant: string, rule: Rule, retracted: OutboxEntry) => void;
}

export interface RecheckSettings {
  /** Milliseconds from the end of a span until it lies in blocks. */
  readonly delayMs: number;
  /** What is judged, in problems: `windows of rules`. */
  readonly what: string;
}

const NS = 1_000_000n;
/** After so many failures in a row a piece is judged no more. */
const MOST_FAILURES = 3;
/** Blocks that are removed for their age may reach so much beyond those that are still there. */
const OVERLAP_NS = 3_600_000_000_000n;
const TOO_MANY = 'there are too many';

export class Recheck<Rule> {
  private readonly attempts = new Attempts();
  /** What was last said, by tenant and rule, or by tenant. */
  private readonly said = new Map<string, string>();

  constructor(
    private readonly ports: RecheckPorts<Rule>,
    private readonly settings: RecheckSettings,
  ) {}

  /** What is to be kept of what rules found at once, in their order; undefined where there is no room for all that one found. */
  keeps(tenant: string, results: readonly FoundFirst[]): readonly (readonly Reported[] | undefined)[] {
    let taken = 0;
    return results.map(({ rule, reported, violated }) => {
      const { ofRule, ofTenant } = this.ports.rechecks.room(tenant, rule);
      const isAll = violated === reported.length;
      if (!isAll || violated > ofRule || taken + violated > ofTenant) return undefined;
      taken += violated;
      return reported;
    });
  }

  /** All of what was found in the range is in the outbox; `kept` of it, as `keeps` said. */
  reported(
    tenant: string,
    rule: OfRule,
    range: TimeRange,
    { kept, count }: { readonly kept: readonly Reported[] | undefined; readonly count: number },
  ): void {
    this.ports.rechecks.report(tenant, rule, range, kept);
    if (kept === undefined) this.leave(tenant, rule, count, TOO_MANY);
    else if (this.said.get(keyOf(tenant, rule)) === TOO_MANY) this.said.delete(keyOf(tenant, rule));
  }

  /** Judges all that is due. Never rejects. */
  async tick(tenant: string, rules: readonly Rule[], signal?: AbortSignal): Promise<void> {
    for (const due of this.due(tenant, rules)) {
      if (signal?.aborted) return;
      try {
        await this.judge(tenant, due);
        this.said.delete(tenant);
      } catch (error) {
        for (const { rule } of due) this.attempts.fail(keyOf(tenant, rule), this.ports.wall());
        const reason = messageOf(error);
        this.say(tenant, reason, `${this.settings.what} once more, tenant ${tenant}: ${reason}`);
      }
    }
  }

  private due(tenant: string, rules: readonly Rule[]): readonly (readonly DueAgain<Rule>[])[] {
    const { rechecks, judged, planOf, groupOf, seesNs, wall } = this.ports;
    const { delayMs } = this.settings;
    const storedNs = BigInt(Math.floor(wall() - delayMs)) * NS;
    const due = new Map<string, DueAgain<Rule>[]>();
    for (const watched of rules) {
      const rule = planOf(watched);
      if (!this.attempts.allows(keyOf(tenant, rule), wall())) continue;
      const part = rechecks.next(tenant, rule, judged.of(tenant, rule.id, recheckRevision(rule.revision)));
      if (part === undefined) continue;
      if (storedNs < part.until + greatest([rechecks.afterNs, seesNs(watched)])) continue;
      const key = `${groupOf(watched)} ${part.from} ${part.until} ${part.isLost ?? false}`;
      const known = due.get(key);
      if (known === undefined) due.set(key, [{ watched, rule, ...part }]);
      else known.push({ watched, rule, ...part });
    }
    return [...due.values()];
  }

  private async judge(tenant: string, due: readonly DueAgain<Rule>[]): Promise<void> {
    const { ports } = this;
    const { judged, rechecks, counters } = ports;
    const [{ isLost, from, until }] = due as readonly [DueAgain<Rule>, ...DueAgain<Rule>[]];
    if (isLost) {
      if (!(await rechecks.claim(tenant, due))) throw new Error('another replica judges them now');
      for (const { rule, reported } of due)
        this.leave(
          tenant,
          rule,
          reported.length,
          `another replica claimed them ${rangeText({ from, until })}`,
        );
      return;
    }
    const marks = due.map(({ rule }) => ({ id: rule.id, revision: recheckRevision(rule.revision) }));
    await judged.begin(
      tenant,
      marks.map((rule) => ({ rule, from })),
    );
    const started = performance.now();
    const results = await this.ask(tenant, due);
    const ms = (performance.now() - started) / due.length;
    if (!(await rechecks.claim(tenant, due))) throw new Error('another replica judges them now');
    for (const [n, part] of due.entries()) {
      const { rule, reported } = part;
      const result = results[n]!;
      const cost = counters.cost(rule.id);
      cost.ms += ms;
      cost.batches++;
      if (result.problem === undefined) await this.reconcile(tenant, part, result);
      else this.leave(tenant, rule, reported.length, `${result.problem.message} ${rangeText(part)}`);
      judged.advance(tenant, marks[n]!, until);
      this.attempts.succeed(keyOf(tenant, rule));
    }
    ports.entries.changed();
    await judged.save();
    for (const { rule, ...part } of due) rechecks.settled(tenant, rule, part);
  }

  /** What came of the rules, in their order. Rejects where that may be known soon. */
  private async ask(tenant: string, due: readonly DueAgain<Rule>[]): Promise<readonly JudgedAgain[]> {
    const { storedSince, seesNs, judge } = this.ports;
    const since = await storedSince(tenant);
    const neededNs = least(due.map(({ watched, from }) => from - seesNs(watched) - OVERLAP_NS));
    // What is not there says nothing of what was found before.
    if (since === undefined || since > neededNs)
      return due.map(() => failedBy('blocks of that time are gone'));
    const { results, unread } = await judge(tenant, due);
    const [block] = unread;
    if (block === undefined) return results;
    const { blockId = '', code, message } = block;
    if (due.some(({ rule }) => this.attempts.failures(keyOf(tenant, rule)) < MOST_FAILURES))
      throw new Error(`a block (${blockId} ${code}: ${message}) cannot be read`);
    return due.map(() => failedBy('a block cannot be read'));
  }

  /** Brings what is reported in line with what is found now. */
  private async reconcile(
    tenant: string,
    due: DueAgain<Rule>,
    { found, leftOut, decides }: JudgedAgain,
  ): Promise<void> {
    const { watched, rule, reported } = due;
    const { outbox, entries, counters, placeOf, retractionOf, onRetraction } = this.ports;
    const revision = recheckRevision(rule.revision);
    const isFound = new Set(found.map(({ id }) => id));
    const wasReported = new Set(reported.map(({ id }) => id));
    const placed = (id: string): string => `${placeOf(tenant, rule, id)}\0recheck`;
    const again = <T extends Change>(change: T): T => ({
      ...change,
      entry: { ...change.entry, trace: placed(change.entry.id), revision },
    });
    const isKnown = (id: string): boolean => outbox.entriesOf(placed(id)).size > 0;
    // Of a process that was killed before it could keep that it had judged.
    const known = entries.of(tenant, { rule: rule.id, revision }, due).filter(({ id }) => !isFound.has(id));
    const undone = reported
      .filter(({ id, sees }) => !isFound.has(id) && decides(sees) && !isKnown(id))
      .map((old) => entryOf(tenant, rule, old, retractionOf(watched, old)));
    const retracted = [...known, ...undone]
      .map(retraction)
      .filter((change) => change !== undefined)
      .map(again);
    const counts = counters.of(tenant, rule.id, rule.settings.severity);
    await recordInParts(outbox, retracted, (some) => {
      counts.retracted += some.length;
      for (const { entry } of some) onRetraction(tenant, watched, entry);
    });
    const fresh = found.flatMap(({ id, change }) => {
      const before = outbox.entriesOf(placed(id));
      const changed = wasReported.has(id) && before.size === 0 ? undefined : change(before);
      return changed === undefined ? [] : [again(changed)];
    });
    await recordInParts(outbox, fresh, (some) => {
      counts.violations += some.length;
      for (const { onReported } of some) onReported();
    });
    const unsure = reported.filter(({ id, sees }) => !isFound.has(id) && !decides(sees)).length;
    if (unsure + leftOut > 0) this.leave(tenant, rule, unsure + leftOut, TOO_MANY);
  }

  private leave(tenant: string, rule: OfRule, count: number, reason: string): void {
    if (count === 0) return;
    this.ports.counters.of(tenant, rule.id, rule.settings.severity).unchecked += count;
    const text = `${rule.id}, tenant ${tenant}: violations are not judged once more: ${reason}; replay them`;
    this.say(keyOf(tenant, rule), reason, text);
  }

  /** Once for as long as it stays the same. */
  private say(about: string, reason: string, problem: string): void {
    if (reason !== this.said.get(about)) this.ports.onProblem(problem);
    this.said.set(about, reason);
  }
}

function failedBy(message: string): JudgedAgain {
  return { problem: { message }, found: [], leftOut: 0, decides: () => false };
}

function keyOf(tenant: string, { id }: OwnedRule): string {
  return `${tenant} ${id}`;
}

function rangeText({ from, until }: TimeRange): string {
  return `(${timeText(from)} to ${timeText(until)})`;
}

/** As it was in the outbox of whoever reported it. */
function entryOf(
  tenant: string,
  rule: OfRule,
  { id, sees }: Reported,
  retractionBytes: Uint8Array,
): OutboxEntry {
  return {
    ...{ id, tenant, trace: '', rule: rule.id, revision: rule.revision, sees },
    ...{ generation: 0, stands: true, retraction: retractionBytes },
  };
}
