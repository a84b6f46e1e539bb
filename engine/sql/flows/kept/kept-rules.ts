import type { Plan, RulePlan } from '../../../plan/plan.js';
import { inTransaction } from '../../store/kept-file.js';
import type { Session } from '../../store/store.js';
import { KEPT_COUNTED, KEPT_DUE, KEPT_RULES } from '../../tables.js';
import { int, text } from '../../text/operations.js';
import { join, sql } from '../../text/sql.js';
import type { FlowKeys } from '../flow-keys.js';
import { clearKept } from './kept-tables.js';
import { layOut } from './layout.js';

/** Since when a rule is judged over what is kept. */
export interface KeptRule {
  /** It has seen all spans that started from then on; nanoseconds since the Unix epoch. */
  readonly sinceNs: bigint;
  /** The number that the next row got. */
  readonly sinceRow: bigint;
}

/**
 * Has what is kept judged by these rules from now on, and those that are new, or others than before, begin at `fresh`. What is kept for the
 * others stays. By the id of the rule.
 */
export async function keepRules(
  db: Session,
  plan: Plan,
  keys: FlowKeys,
  fresh: KeptRule,
): Promise<ReadonlyMap<string, KeptRule>> {
  const rows = await db.rows(sql`SELECT rule, revision, known_ns, since_row FROM ${KEPT_RULES}`);
  const known = new Map(
    (rows as [string, string, bigint, bigint][]).map(([rule, revision, sinceNs, sinceRow]) => [
      `${rule} ${revision}`,
      { sinceNs, sinceRow },
    ]),
  );
  const now = plan.rules.map((rule) => ({ rule, since: known.get(nameOf(rule)) ?? fresh }));
  const stay = plan.rules.filter((rule) => known.has(nameOf(rule)));
  await inTransaction(db, async () => {
    if (stay.length === 0) await clearKept(db);
    await layOut(db, plan, keys);
    const ids = join(
      stay.map(({ id }) => text(id)),
      ', ',
    );
    if (stay.length > 0)
      for (const table of [KEPT_DUE, KEPT_COUNTED])
        await db.run(sql`DELETE FROM ${table} WHERE rule NOT IN (${ids})`);
    await db.run(sql`DELETE FROM ${KEPT_RULES}`);
    for (const { rule, since } of now)
      await db.run(
        sql`INSERT INTO ${KEPT_RULES} VALUES (${text(rule.id)}, ${text(rule.revision)}, ${int(since.sinceNs)}, ${int(since.sinceRow)})`,
      );
  });
  return new Map(now.map(({ rule, since }) => [rule.id, since]));
}

function nameOf({ id, revision }: RulePlan): string {
  return `${id} ${revision}`;
}
