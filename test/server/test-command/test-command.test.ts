import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { betrace, runHere } from '../cli/support.js';
import { SHOP_RULES, temporary } from '../replay/support.js';

const RULE = `rule order {
  when { name = "a" } as a
  never { name = "b" && span.x > 1 } before a
  always count({ name = "b" }) <= 2
}
`;
const FAILS = `test "b <first> & \\"a\\"" of order {
  front "a" 10ms..20ms { back "b" 0ms..5ms { span.x = 2 } }
  expect pass
}
`;
const PASSES = `test "nothing before" of order {
  front "a" 10ms..20ms
  expect pass
}
`;

async function files(texts: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporary('rules');
  for (const [name, text] of Object.entries(texts)) await writeFile(join(root, name), text);
  return root;
}

test('the tests of the shop pass', async () => {
  const { code, out, err } = await betrace(['test', SHOP_RULES]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('queries/shop/payments.betrace\n  ✓ fraud-check-required: checked, then charged\n');
  expect(out).toMatch(/\n38 tests: 38 passed \(.*\)\n$/);
});

test('a failing test shows expected, got, the clause and the spans', async () => {
  const root = await files({ 'r.betrace': RULE + PASSES + FAILS });
  const { code, out } = await runHere('test', root);
  expect(code).toBe(1);
  expect(out).toContain(`  ✗ order: b <first> & "a"
      ${join(root, 'r.betrace')}:10
      expected  pass
      got       violation of never#1
      broken    never { name = "b" && span.x > 1 } before a
                a: a in front
                spans: b in back
                span.x = 2

      front a   ················━━━━━━━━━━━━━━━━  10 ms..20 ms
        back b  ━━━━━━━━························  0..5 ms
`);
  expect(out).toMatch(/2 tests: 1 passed, 1 failed \(/);
});

test('the traces of a failing test are drawn on one line of time', async () => {
  const across = `rule shipped {
  across span.order.id within 1h
  when   { name = "made" } as m
  always { name = "shipped" } after m within 10m
}
test "late" of shipped {
  shop "made" 0ms..100ms { span.order.id = "o-1" }
  trace "later" 20m {
    depot "POST /ship" 0s..60s {
      span.order.id = "o-1"
      depot "shipped" 1s..2s
    }
  }
  expect pass
}
`;
  const { code, out } = await runHere('test', await files({ 'r.betrace': across }));
  expect(code).toBe(1);
  expect(out).toContain(`
      shop made           ━·······························  0..100 ms
      trace "later"
        depot POST /ship  ······························━━  20 min..21 min
          depot shipped   ·······························━  20 min 1 s..20 min 2 s
`);
});

test('--filter chooses by title and by rule; what matches nothing is a usage error', async () => {
  const root = await files({ 'r.betrace': RULE + PASSES + FAILS });
  const { code, out } = await runHere('test', root, '--filter', 'nothing');
  expect([code, out.includes('1 test: 1 passed')]).toEqual([0, true]);
  expect((await runHere('test', root, '--filter', 'order')).code).toBe(1);
  expect((await runHere('test', root, '--filter', 'zzz')).code).toBe(2);
});

test('a rule without tests is mentioned and no error', async () => {
  const root = await files({ 'r.betrace': `${RULE + PASSES}rule lonely { never { name = "z" } }` });
  const { code, out } = await runHere('test', root);
  expect(code).toBe(0);
  expect(out).toContain('? lonely: no test is about this rule\n');
  expect(out).toContain('1 rule without a test');
});

test('rules over many traces are mentioned and counted as others are, until a test is about them', async () => {
  const over = 'rule busy { over 1m never { } | count_over_time() > 1 }';
  const alone = await files({ 'r.betrace': `${RULE + PASSES}${over}` });
  const { code, out } = await runHere('test', alone);
  expect(code).toBe(0);
  expect(out).toContain('? busy: no test is about this rule\n');
  expect(out).toContain('1 rule without a test');
  const test = 'test "two" of busy { a "x" 0s..1s a "x" 1s..2s expect violation of never#1 }';
  const tested = await files({ 'r.betrace': `${RULE + PASSES}${over}\n${test}` });
  const { code: passes, out: output } = await runHere('test', tested);
  expect([passes, output.includes('no test is about'), output.includes('without a test')]).toEqual([
    0,
    false,
    false,
  ]);
  // Chosen by title or rule, the others are not asked for.
  expect((await runHere('test', alone, '--filter', 'nothing')).out).not.toContain('no test is about');
});

test('errors in rules stop everything', async () => {
  const root = await files({ 'r.betrace': `${RULE + PASSES}rule broken { never { name = } }` });
  const { code, out, err } = await runHere('test', root);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('nothing was run');
});

function otlp(...names: readonly string[]): string {
  const spans = names.map((name, n) => ({
    traceId: 'ab'.repeat(16),
    spanId: `000000000000000${n + 1}`,
    name,
    startTimeUnixNano: String(1_000_000_000 + n * 1000),
    endTimeUnixNano: String(1_000_000_500 + n * 1000),
    attributes: [{ key: 'x', value: { intValue: '5' } }],
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

test('traces come from OTLP JSON in the folder of the rules, whatever the current folder', async () => {
  const text = `${RULE}
test "bad" of order from "trace.json" { expect violation of never#1 }
test "good" of order from "trace.json" { expect pass }
test "gone" of order from "gone.json" { expect pass }
test "folder" of order from "dir" { expect pass }
test "broken" of order from "broken.json" { expect pass }
test "other" of order from "other.json" { expect pass }
test "only own" of order from "own.json" { expect pass }
`;
  const root = await files({
    'r.betrace': text,
    'trace.json': otlp('b', 'a'),
    'broken.json': '{',
    'other.json': '{}',
    'own.json': otlp('betrace.violation'),
  });
  await mkdir(join(root, 'dir'));
  const { code, out } = await runHere('test', root, '--format', 'json');
  expect(code).toBe(1);
  const { results } = JSON.parse(out) as {
    results: { title: string; passed: boolean; problem: string | null }[];
  };
  expect(
    results.map(({ title, passed, problem }) => [title, passed, problem?.replace(/:.*/, '') ?? null]),
  ).toEqual([
    ['bad', true, null],
    ['good', false, null],
    ['gone', false, '"gone.json" does not exist'],
    ['folder', false, '"dir" is not a file'],
    ['broken', false, '"broken.json"'],
    ['other', false, '"other.json" holds no span'],
    ['only own', false, '"own.json" holds no span'],
  ]);
});

test('JUnit XML is escaped, counted and written in addition to the text', async () => {
  const hostile = FAILS.replace('b <first>', 'b <first> \\u001b');
  const root = await files({
    'r.betrace': `${RULE + PASSES + hostile}test "gone" of order from "x.json" { expect pass }`,
  });
  const path = join(root, 'out.xml');
  const { code, out } = await runHere('test', root, '--junit', path);
  expect([code, out.includes('3 tests')]).toEqual([1, true]);
  const xml = await readFile(path, 'utf8');
  expect(xml).toMatch(
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="betrace" tests="3" failures="1" errors="1" time="/,
  );
  expect(xml).toContain('<testcase classname="order" name="nothing before" file="');
  expect(xml).toContain('name="b &lt;first&gt; \\u001b &amp; &quot;a&quot;"');
  expect(xml).toContain('<failure message="expected pass, got violation of never#1">');
  expect(xml).toContain('<error message="&quot;x.json&quot; does not exist">');
  // Nothing but the tags themselves may look like one.
  expect(xml.replace(/<\/?(?:\?xml|testsuites?|testcase|failure|error)\b[^<>]*>/g, '')).not.toMatch(/[<>]/);
  const only = await runHere('test', root, '--format', 'junit');
  expect(only.out.replace(/time="[^"]*"/, '')).toBe(xml.replace(/time="[^"]*"/, ''));
});
