import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { planOf } from '../rules/rule-plan.js';
import type { ReplayJob, RuleCounts } from './replay-job.js';

export interface LastReplay extends RuleCounts {
  readonly replay: string;
  /** Milliseconds since the Unix epoch. */
  readonly ended: number;
  readonly partial: boolean;
  readonly range: ReplayResult['range'];
}

/** More than any set of rules has; beyond it the oldest are forgotten. */
const MOST = 10_000;

/** What was found when a rule was last replayed, for each tenant. Outlives the replays. */
export class LastReplays {
  private readonly entries = new Map<string, LastReplay>();

  note(tenant: string, { id, ended = Date.now(), partial, range, counts = [] }: ReplayJob): void {
    for (const found of counts) {
      const key = keyOf(tenant, found.rule);
      this.entries.delete(key);
      this.entries.set(key, { ...found, replay: id, ended, partial, range });
    }
    for (const key of this.entries.keys()) {
      if (this.entries.size <= MOST) break;
      this.entries.delete(key);
    }
  }

  /** Of the rule as it is now: what an earlier revision found says nothing about it. */
  ofRule(tenant: string, rule: ResolvedRule): LastReplay | undefined {
    const found = this.entries.get(keyOf(tenant, rule.item.id.text));
    return found !== undefined && found.revision === planOf(rule).plan.revision ? found : undefined;
  }
}

function keyOf(tenant: string, rule: string): string {
  return JSON.stringify([tenant, rule]);
}
