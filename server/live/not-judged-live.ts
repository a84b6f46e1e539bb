/** Rules that a service does not judge as spans come. They are told wherever a rule is, as no violation of one says nothing. */

import { Gauge, type Registry } from 'prom-client';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { Logger } from '../shared/log.js';

/** Why the rule is not judged as spans come, for people; undefined for one that is, and for one that is disabled. */
export function notJudgedLive({ kind, settings }: ResolvedRule): string | undefined {
  if (!settings.enabled) return undefined;
  switch (kind) {
    case 'trace':
    case 'window':
      return undefined;
    case 'flow':
      return 'rules across traces are judged by replays only, not as spans come';
  }
}

interface RuleWatch {
  readonly state: { readonly rules: readonly ResolvedRule[] };
  onChange(listener: (state: { readonly rules: readonly ResolvedRule[] }) => void): () => void;
}

/** Keeps a metric of such rules, and logs each once for as long as it is there. Returns how to stop. */
export function tellNotJudged(rules: RuleWatch, registry: Registry, log: Logger): () => void {
  const told = new Set<string>();
  const tell = (all: readonly ResolvedRule[]): void => {
    const now = new Set<string>();
    for (const rule of all) {
      const reason = notJudgedLive(rule);
      if (reason === undefined) continue;
      const { text: id } = rule.item.id;
      now.add(id);
      if (!told.has(id)) log.warn({ rule: id, reason }, 'a rule is not judged live');
    }
    told.clear();
    for (const id of now) told.add(id);
  };
  new Gauge({
    name: 'betrace_rule_not_judged_live',
    help: '1 for a rule that is not judged as spans come: of one across traces only a replay finds violations.',
    labelNames: ['rule'],
    registers: [registry],
    collect() {
      this.reset();
      for (const id of told) this.set({ rule: id }, 1);
    },
  });
  tell(rules.state.rules);
  return rules.onChange(({ rules: all }) => tell(all));
}
