/** Every field that the checker takes for a key of a flow can be judged by. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { INTRINSICS } from '../../../engine/language/tree/intrinsics.js';
import { planFlowRules } from '../../../engine/plan/lower/lower.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { FlowRun } from '../../../engine/sql/flows/flow-run.js';
import { loadTraces } from '../../../engine/sql/relations/load.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

const FIELDS = [
  ...INTRINSICS.map(({ name }) => name),
  ...['span.k', 'resource.k', 'instrumentation.k', 'event.k', 'link.k', '.k'],
];

it('of every field a rule is refused, or judged', async () => {
  const judged: string[] = [];
  for (const key of FIELDS.flatMap((field) => [field, `(${field}, span.k)`])) {
    const text = `rule r { across ${key} within 1h  when { name = "a" } as a  always { name = "b" } after a }`;
    const { rules, files } = loadWorkspace(new Map([['keys.betrace', text]]));
    const problems = [...files.values()].flatMap(({ diagnostics }) => diagnostics);
    if (problems.some(({ severity }) => severity === 'error')) continue;
    const plan = planFlowRules(rules);
    const flows = new FlowRun(db, plan, await loadTraces(db, [], plan.needs));
    await flows.add();
    await flows.judge({ bucketNs: 1n << 60n, limit: 1 }, () => {});
    expect(flows.failed.map(({ problem }) => `${key}: ${problem.message}`)).toEqual([]);
    judged.push(key);
  }
  expect(judged).toEqual(
    expect.arrayContaining(['span:name', 'instrumentation:version', 'span.k', '(resource.k, span.k)']),
  );
});
