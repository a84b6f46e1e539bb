import { allColumns } from '../blocks/cache/column-sets.js';
import type { ResolvedRule } from '../language/link/resolved.js';
import { planRules } from '../plan/lower/lower.js';
import { planWindowRules } from '../plan/lower/lower-windows.js';
import type { ColumnNeeds } from '../plan/schema.js';
import { ofKind } from '../shared/of-kind.js';

/** What a replay of the rules reads of blocks. */
export function neededColumns(rules: readonly ResolvedRule[]): ColumnNeeds {
  return allColumns([planRules(rules).needs, planWindowRules(ofKind(rules, 'window')).needs]);
}
