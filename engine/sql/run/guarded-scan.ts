import type { Expression } from '../../plan/expression.js';
import { predicatesOf } from '../../plan/leaves.js';
import type { Plan } from '../../plan/plan.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Relations } from '../compile/relations.js';
import { PredicateColumns } from '../compile/scan/predicate-columns.js';
import { scanSql } from '../compile/scan/scan.js';
import { dropTables } from '../store/drop-tables.js';
import { isOutOfMemory } from '../store/out-of-memory.js';
import type { RuleGuard } from '../store/rule-guard.js';
import type { Store } from '../store/store.js';
import { MATCHED } from '../tables.js';

/**
 * Makes `matched`, and returns the relations that are used from then on. All rules share this pass, so where it fails the ones that make
 * it fail are found by a pass for each, which is not fast and seldom; what only they ask for then matches nothing.
 */
export async function runScan(
  db: Store,
  plan: Plan,
  columns: AttributeColumns,
  guard: RuleGuard,
  signal: AbortSignal | undefined,
): Promise<Relations> {
  const scan = async (predicates: readonly Expression[]): Promise<Relations> => {
    const relations = { columns, predicates: new PredicateColumns(predicates, columns), matched: MATCHED };
    await dropTables(db, [relations.matched]);
    await db.run(scanSql({ ...plan, predicates }, relations));
    return relations;
  };
  try {
    return await scan(plan.predicates);
  } catch (error) {
    signal?.throwIfAborted();
    if (isOutOfMemory(error)) throw error;
    for (const rule of plan.rules) {
      signal?.throwIfAborted();
      const own = predicatesOf(rule);
      await scan(only(plan, own)).catch((reason: unknown) => {
        signal?.throwIfAborted();
        guard.note(rule, reason);
      });
    }
    if (guard.failed.length === 0) throw error;
    const sound = plan.rules.filter((rule) => guard.isSound(rule));
    return await scan(only(plan, new Set(sound.flatMap((rule) => [...predicatesOf(rule)]))));
  }
}

const NOTHING: Expression = { kind: 'constant', type: 'bool', value: false };

/** All predicates keep their index, the ones that are not named become false. */
function only({ predicates }: Plan, named: ReadonlySet<number>): readonly Expression[] {
  return predicates.map((predicate, n) => (named.has(n) ? predicate : NOTHING));
}
