import { allColumns } from '../blocks/cache/column-sets.js';
import type { ResolvedRule } from '../language/link/resolved.js';
import { planRules } from '../plan/lower/lower.js';
import { planWindowRules } from '../plan/lower/lower-windows.js';
import type { ColumnNeeds } from '../plan/schema.js';
import { screenNeeds } from '../plan/screen.js';
import { ofKind } from '../shared/of-kind.js';

/** What a replay of the rules reads of a bucket first, and perhaps alone (`screen.ts`); undefined where it reads everything at once. */
export function firstColumns(rules: readonly ResolvedRule[]): ColumnNeeds | undefined {
  return rules.every(({ kind }) => kind === 'trace') ? screenNeeds(planRules(rules)) : undefined;
}

/** What a replay of the rules reads of blocks. */
export function neededColumns(rules: readonly ResolvedRule[]): ColumnNeeds {
  return allColumns([planRules(rules).needs, planWindowRules(ofKind(rules, 'window')).needs]);
}
