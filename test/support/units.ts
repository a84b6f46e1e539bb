import type { Store } from '../../engine/sql/store/store.js';
import { plainSql } from './plain-sql.js';

/** Shows the merged traces in so many units, one after the other, each of which has some of them whole. */
export function inUnits(
  db: Store,
  units: number,
): (evaluate: (canSplit: boolean) => Promise<void>) => Promise<void> {
  return async (evaluate) => {
    for (let unit = 0; unit < units; unit++) {
      const mine = `SELECT trace FROM merged_traces WHERE trace % ${units} = ${unit}`;
      for (const name of ['spans', 'traces'])
        await db.run(
          plainSql(`CREATE OR REPLACE VIEW ${name} AS FROM merged_${name} WHERE trace IN (${mine})`),
        );
      await evaluate(false);
    }
  };
}
