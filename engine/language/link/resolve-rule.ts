/** Makes a sound rule ready to be compiled: its names replaced by what they mean, its settings decoded. */

import { collector } from '../problems/report.js';
import { expandRule } from '../scope/expand.js';
import { expandWindowRule } from '../scope/expand-window-rule.js';
import { bindingsOf, type Scopes } from '../scope/scope.js';
import type { CaseRuleItem, RuleItem, WindowRuleItem } from '../tree/ast.js';
import { decodeSettings } from '../words/settings.js';
import type { ResolvedFlowRule, ResolvedRule, ResolvedTraceRule, ResolvedWindowRule } from './resolved.js';

export function resolvedRule(path: string, item: RuleItem, scopes: Scopes): ResolvedRule {
  switch (item.kind) {
    case 'rule':
      return resolvedCaseRule(path, item, scopes);
    case 'over rule':
      return resolvedWindowRule(path, item, scopes);
  }
}

function resolvedCaseRule(
  path: string,
  item: CaseRuleItem,
  scopes: Scopes,
): ResolvedTraceRule | ResolvedFlowRule {
  const rule = resolvedTraceRule(path, item, scopes);
  const { settings } = rule;
  const { across } = settings;
  return across === undefined ? rule : { ...rule, kind: 'flow', settings: { ...settings, across } };
}

export function resolvedTraceRule(path: string, item: CaseRuleItem, scopes: Scopes): ResolvedTraceRule {
  return {
    kind: 'trace',
    path,
    item,
    expanded: expandRule(path, item, scopes),
    settings: decodeSettings(item, collector().report),
    bindings: bindingsOf(item),
  };
}

export function resolvedWindowRule(path: string, item: WindowRuleItem, scopes: Scopes): ResolvedWindowRule {
  return {
    kind: 'window',
    path,
    item,
    expanded: expandWindowRule(path, item, scopes),
    settings: decodeSettings(item, collector().report),
  };
}
