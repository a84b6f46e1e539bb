/** What the newest day has shown of each rule, in a small file next to the logs, which the next process continues. */

import { createHash } from 'node:crypto';
import type { LiveCounters } from '../../engine/live/counters.js';
import type { DayFacts } from '../../engine/live/day-facts.js';
import type { TextFile } from '../../engine/live/stored/judged-until.js';
import { keptNeeds, type RuleFacts } from '../../engine/plan/vacuity/rule-needs.js';
import { messageOf } from '../../engine/shared/message-of.js';

interface SavedDay {
  readonly tenant: string;
  readonly rule: string;
  readonly revision: string;
  /** Facts are of numbered patterns: those of a version that numbered them otherwise mean nothing. */
  readonly needs: string;
  /** Days since the Unix epoch. */
  readonly day: number;
  readonly passed: number;
  readonly facts: RuleFacts;
}

const EVERY_MS = 10_000;

export class DayFile {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private failed = false;

  private constructor(
    private readonly file: TextFile,
    private text: string,
    private readonly counters: LiveCounters,
    private readonly onProblem: (message: string) => void,
  ) {}

  /**
   * Gives the days back to the counters, of those of the rules that are as they were. A file that cannot be read counts as none;
   * `onProblem` is called.
   */
  static async resume(
    file: TextFile,
    rules: readonly DayFacts['rule'][],
    counters: LiveCounters,
    onProblem: (message: string) => void,
  ): Promise<DayFile> {
    let text = '';
    try {
      text = (await file.load()) ?? '';
      const known = new Map(rules.map((rule) => [keyOf(rule, needsOf(rule)), rule]));
      for (const { tenant, day, passed, facts, ...counts } of text === '' ? [] : daysIn(JSON.parse(text))) {
        const rule = known.get(keyOf({ id: counts.rule, revision: counts.revision }, counts.needs));
        if (rule !== undefined) counters.resumeDay(tenant, { rule, day: BigInt(day), passed, facts });
      }
    } catch (error) {
      onProblem(`what was vacuous before the start is not known: ${messageOf(error)}`);
    }
    return new DayFile(file, text, counters, onProblem);
  }

  /** Keeps the file up to date from now on. */
  keep(): void {
    this.timer = setInterval(() => this.soon(), EVERY_MS);
  }

  /** Saves what there is by now, where it was to be kept. */
  async stop(): Promise<void> {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.soon();
    await this.running;
  }

  private soon(): void {
    this.running = this.running.then(() => this.save());
  }

  /** Where nothing has changed it writes nothing. */
  private async save(): Promise<void> {
    const days = [...this.counters.rules.values()].flatMap(({ tenant, today }): SavedDay[] => {
      if (today === undefined) return [];
      const { rule, day, passed, facts } = today;
      const needs = needsOf(rule);
      return [{ tenant, rule: rule.id, revision: rule.revision, needs, day: Number(day), passed, facts }];
    });
    const text = `${JSON.stringify({ version: 1, days })}\n`;
    if (text === this.text) return;
    try {
      await this.file.save(text);
      this.text = text;
      this.failed = false;
    } catch (error) {
      if (!this.failed) this.onProblem(`what is vacuous today could not be kept: ${messageOf(error)}`);
      this.failed = true;
    }
  }
}

function needsOf({ needs }: DayFacts['rule']): string {
  return createHash('sha256')
    .update(JSON.stringify(keptNeeds(needs)))
    .digest('hex')
    .slice(0, 16);
}

function keyOf({ id, revision }: Pick<DayFacts['rule'], 'id' | 'revision'>, needs: string): string {
  return JSON.stringify([id, revision, needs]);
}

function daysIn(json: unknown): readonly SavedDay[] {
  const { version, days } = json as { readonly version?: unknown; readonly days?: unknown };
  if (version !== 1 || !Array.isArray(days) || !days.every(isDay)) throw new Error('it has another form');
  return days;
}

function isDay(value: unknown): value is SavedDay {
  if (typeof value !== 'object' || value === null) return false;
  const { tenant, rule, revision, needs, day, passed, facts } = value as Partial<
    Record<keyof SavedDay, unknown>
  >;
  return (
    [tenant, rule, revision, needs].every((text) => typeof text === 'string') &&
    [day, passed].every(Number.isSafeInteger) &&
    isFacts(facts)
  );
}

function isFacts(facts: unknown): facts is RuleFacts {
  if (typeof facts !== 'object' || facts === null) return false;
  const { matched, carried } = facts as Partial<Record<keyof RuleFacts, unknown>>;
  return (
    Array.isArray(matched) &&
    matched.every(Number.isSafeInteger) &&
    Array.isArray(carried) &&
    carried.every((name) => typeof name === 'string')
  );
}
