import { expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { openStore } from '../../engine/sql/open-store.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { clauseCoverage } from '../../server/cli/test/coverage.js';

const TEXT = `rule r {
  when   { name = "pay" } as c
  always { name = "check" } before c
  never  { name = "refund" && span.amount > 5 } after c
  never  { name = "void" } after c
}
test "a refund" of r {
  shop "check" 0ms..1ms
  shop "pay" 2ms..3ms
  shop "refund" 4ms..5ms { span.amount = 9 }
  expect violation of never#1
}
test "no check" of r { shop "pay" 2ms..3ms  expect violation of always#1 }
test "in order" of r { shop "check" 0ms..1ms  shop "pay" 2ms..3ms  expect pass }
test "refunded a little" of r {
  shop "check" 0ms..1ms
  shop "pay" 2ms..3ms
  shop "refund" 4ms..5ms { span.amount = 2 }
  expect pass
}
test "nothing to pay" of r { shop "check" 0ms..1ms  expect not applicable }

rule over-rule {
  over 1m
  never { name = "pay" } | count_over_time() > 1
  always { name = "pay" } | count_over_time() < 9
}
test "twice" of over-rule { shop "pay" 0s..1s  shop "pay" 2s..3s  expect violation of never#1 }

rule flow {
  across span.id within 1m
  when  { name = "a" } as a
  never { name = "b" } after a
}
test "b later" of flow {
  shop "a" 0s..1s { span.id = "x" }
  trace "2" 5s { shop "b" 0s..1s { span.id = "x" } }
  expect violation
}
test "b of another" of flow {
  shop "a" 0s..1s { span.id = "x" }
  trace "2" 5s { shop "b" 0s..1s { span.id = "y" } }
  expect pass
}

rule untested { never { name = "x" } }
`;

it('counts the tests that show that a clause can fail, and that it can hold where it could have failed', async () => {
  const { files, tests, rules } = loadWorkspace(new Map([['a.betrace', TEXT]]));
  expect([...files.values()].flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message))).toEqual(
    [],
  );
  const db = await openStore();
  const results = await runTests(db, tests, async () => ({ problem: 'no file' })).finally(() => db.close());
  expect(results.filter(({ passed }) => !passed).map(({ actual }) => actual)).toEqual([]);
  const lines = clauseCoverage(rules, results).map(
    ({ rule, clause, violatedBy, heldBy }) => `${rule} ${clause}: ${violatedBy} violate, ${heldBy} hold`,
  );
  expect(lines).toEqual([
    'r always#1: 1 violate, 2 hold',
    // Without a refund that has an amount it could not have failed.
    'r never#1: 1 violate, 1 hold',
    'r never#2: 0 violate, 2 hold',
    'untested never#1: 0 violate, 0 hold',
    'flow never#1: 1 violate, 1 hold',
    'over-rule never#1: 1 violate, 0 hold',
    'over-rule always#1: 0 violate, 0 hold',
  ]);
});
