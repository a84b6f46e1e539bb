/** What a rule becomes, of whatever kind: as data, as text and as JSON. */

import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { inList, type RuleList } from '../../engine/language/words/rule-kinds.js';
import type { Terminal } from '../shared/terminal.js';
import { type ExplainedTraceRule, explainTraceRule, traceRuleJson, traceRuleText } from './trace-rule.js';
import type { TypesOf } from './types-of.js';
import {
  type ExplainedWindowRule,
  explainWindowRule,
  windowRuleJson,
  windowRuleText,
} from './window-rule.js';

export type Explained = ExplainedTraceRule | ExplainedWindowRule;

/** The rule as if it ran alone, for attributes of the given types; of any types without. */
export function explainRule(rule: ResolvedRule, types?: TypesOf): Explained {
  switch (rule.kind) {
    case 'trace':
    case 'flow':
      return explainTraceRule(rule, types);
    case 'window':
      return explainWindowRule(rule, types);
  }
}

export function explainText(explained: Explained, typesKnown: boolean, terminal: Terminal): string {
  switch (explained.kind) {
    case 'trace':
      return traceRuleText(explained, typesKnown, terminal);
    case 'window':
      return windowRuleText(explained, terminal);
  }
}

export function explainedJson(explained: Explained): unknown {
  switch (explained.kind) {
    case 'trace':
      return traceRuleJson(explained);
    case 'window':
      return windowRuleJson(explained);
  }
}

export function explainJson(explained: readonly Explained[]): unknown {
  return {
    rules: inList(explained, 'rules').map(traceRuleJson),
    overRules: inList(explained, 'overRules').map(windowRuleJson),
  } satisfies Record<RuleList, unknown>;
}
