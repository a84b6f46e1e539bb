import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatText } from '../../engine/language/format/format.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { printItem } from '../../engine/language/print/print.js';
import { openStore } from '../../engine/sql/open-store.js';
import type { Store } from '../../engine/sql/store/store.js';
import { minimiseTest } from '../../engine/testing/minimise.js';

let db: Store;
beforeAll(async () => {
  db = await openStore();
});
afterAll(() => db.close());

async function minimised(text: string): Promise<string | undefined> {
  const { files, tests } = loadWorkspace(new Map([['a.betrace', text]]));
  const problems = [...files.values()].flatMap(({ diagnostics }) => diagnostics);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const found = await minimiseTest(db, tests[0]!);
  return found && formatText(printItem(found.item)).text;
}

const RULE = `rule r {
  when   { name = "pay" && span.amount > 5 } as c
  always { name = "check" } before c
  never  { name = "refund" && span.user = c.span.user } after c
}
`;
const SPANS = `
  web "GET /" 0ms..90ms {
    span.url = "/"
    kind = server
    shop "order" 1ms..80ms {
      shop "check" 2ms..3ms { span.user = "a"  event "e" 1ms { event.x = 1 } }
      pay "pay" 5ms..9ms { span.amount = 9  span.user = "a"  span.currency = "EUR" }
      pay "refund" 10ms..12ms { span.user = "a"  span.reason = "late" }
      pay "refund" 13ms..14ms { span.user = "b" }
    }
    web "render" 81ms..82ms { link "aa" "bb" }
  }
`;

it('leaves what a violation needs, and nothing else', async () => {
  const text = `${RULE}test "t" of r {${SPANS}  expect violation of never#1\n}\n`;
  expect(await minimised(text)).toBe(`test "t" of r {
  shop "check" 2ms..3ms
  pay "pay" 5ms..9ms {
    span.amount = 9
    span.user = "a"
  }
  pay "refund" 10ms..12ms {
    span.user = "a"
  }
  expect violation of never#1
}
`);
});

it('keeps in a test that passes what lets each clause fail', async () => {
  const spans = SPANS.replace('12ms { span.user = "a"', '12ms { span.user = "c"');
  expect(await minimised(`${RULE}test "t" of r {${spans}  expect pass\n}\n`)).toBe(`test "t" of r {
  shop "check" 2ms..3ms
  pay "pay" 5ms..9ms {
    span.amount = 9
    span.user = "a"
  }
  expect pass
}
`);
});

it('keeps the structure that a rule reads', async () => {
  const text = `rule r { never { name = "db" } under { name = "GET /" } }
test "t" of r {
  web "GET /" 0ms..9ms { web "a" 1ms..8ms { web "db" 2ms..3ms { span.x = 1 } } }
  expect violation
}
`;
  expect(await minimised(text)).toBe(`test "t" of r {
  web "GET /" 0s..9ms {
    web "db" 2ms..3ms
  }
  expect violation
}
`);
});

it('makes times round as far as the verdict lets them be', async () => {
  const text = (first: string, second: string): string => `rule r {
  when  { name = "a" } as c
  never { name = "b" } before c
}
test "t" of r {
  shop "b" ${first}
  shop "a" ${second}
  expect violation
}
`;
  expect(await minimised(text('1000001ns..2390001ns', '2400001ns..9ms'))).toContain(
    '"b" 1ms..2ms\n  shop "a" 2ms..9ms',
  );
  // By whole milliseconds, and at least one long, the first would end too late.
  expect(await minimised(text('2600001ns..2700001ns', '2750001ns..9ms'))).toContain(
    '"b" 2ms600us..2ms700us\n  shop "a" 2ms750us..9ms',
  );
});

it('leaves out traces of a flow', async () => {
  const text = `rule r {
  across span.id within 1m
  when  { name = "a" } as a
  never { name = "b" } after a
}
test "t" of r {
  shop "a" 0s..1s { span.id = "x"  span.y = 1 }
  trace "2" 5s { shop "b" 0s..1s { span.id = "y" } }
  trace "3" 6s { shop "c" 0s..3s { shop "b" 0s..1s { span.id = "x" } } }
  expect violation
}
`;
  const found = (await minimised(text))!;
  expect(found).toContain('trace "3"');
  expect(found).not.toMatch(/trace "2"|"c"|span\.y/);
});

it('changes nothing of a test that does not pass, and of one where nothing applies', async () => {
  expect(await minimised(`${RULE}test "t" of r {${SPANS}  expect pass\n}\n`)).toBeUndefined();
  const none = 'test "t" of r {\n  shop "check" 2ms..3ms\n  expect not applicable\n}\n';
  expect(await minimised(RULE + none)).toBe(none);
});
