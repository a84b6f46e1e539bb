/** What each format promises, on real blocks and on hostile results. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import { SEVERITIES } from '../../../engine/language/words/settings.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import { CSV_COLUMNS, cell, csvReport } from '../../../server/cli/replay/csv.js';
import { htmlReport } from '../../../server/cli/replay/html/report.js';
import { escaped, markdownReport } from '../../../server/cli/replay/markdown.js';
import { textReport } from '../../../server/cli/replay/text.js';
import { comparedTexts, groupedSpans } from '../../../server/cli/replay/values.js';
import { printableJson } from '../../../server/shared/printable.js';
import { FIXTURES, recorder, runHere } from '../cli/support.js';
import { HOUR, hostileResult, result, ruleResult, START } from './made-results.js';
import { SHOP_RULES, temporary } from './support.js';

const SCHEMA = fileURLToPath(new URL('../../../engine/replay/result.schema.json', import.meta.url));
const SHOP = join(FIXTURES, 'shop-v5');

let validate: ReturnType<Ajv2020['compile']>;
beforeAll(async () => {
  const schema = JSON.parse(await readFile(SCHEMA, 'utf8')) as object;
  validate = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
  }).compile(schema);
});

function conforms(json: unknown): void {
  validate(json);
  expect(validate.errors ?? []).toEqual([]);
}

test('the schema knows every severity', async () => {
  const text = await readFile(SCHEMA, 'utf8');
  const enums = [...text.matchAll(/"severity": \{ "enum": (\[[^\]]*\])/g)].map(([, list]) =>
    JSON.parse(list!),
  );
  expect(enums).toEqual([SEVERITIES, SEVERITIES]);
});

test('JSON conforms to its schema, on real blocks', async () => {
  const cache = await temporary('cache');
  const { code, out, err } = await runHere(
    'replay',
    SHOP_RULES,
    '--blocks',
    SHOP,
    '--cache',
    cache,
    '--format',
    'json',
  );
  expect([code, err]).toEqual([1, '']);
  const json = JSON.parse(out) as ReplayJson;
  conforms(json);
  const isolation = json.rules.find(({ id }) => id === 'tenant-isolation')!;
  expect(isolation.violations[0]).toMatchObject({
    traceId: '50c6d1a70ea64f1c2f514602fc5c1c3b',
    time: '2026-11-20T08:54:14.402000000Z',
    clause: 'never#1',
    clauseText: 'never { name = "inventory.reserve" && span.tenant.id != order.span.tenant.id }',
    binding: { order: { name: 'checkout.place_order', service: 'checkout' } },
    evidence: [
      { bound: 'order', values: {} },
      {
        bound: null,
        name: 'inventory.reserve',
        service: 'inventory',
        values: { 'span.tenant.id': 'tenant-99' },
      },
    ],
    values: { 'order.span.tenant.id': 'tenant-21' },
  });
  for (const rule of json.rules) {
    expect(rule.histogram.reduce((sum, { violated }) => sum + violated, 0)).toBe(rule.violated);
    expect(rule.histogram.reduce((sum, { applicable }) => sum + applicable, 0)).toBe(rule.applicable);
    expect(rule.passed + rule.violated + rule.cannotTell).toBe(rule.applicable);
  }
});

test('JSON conforms to its schema for a run without traces, and for hostile names', () => {
  conforms(replayJson(result([ruleResult()], { range: {}, traces: 0, spans: 0 })));
  conforms(JSON.parse(printableJson(replayJson(hostileResult()))));
});

test('what was compared on a span is shown next to what it was compared with', async () => {
  const args = ['replay', SHOP_RULES, '--blocks', SHOP, '--cache', await temporary('cache')];
  const as = async (format: string) =>
    (await runHere(...args, '--rule', 'tenant-isolation', '--format', format)).out;
  const [ofCase, ofSpan] = ['order.span.tenant.id = "tenant-21"', 'span.tenant.id = "tenant-99"'];
  expect(await as('text')).toContain(
    `    spans: inventory.reserve in inventory\n    ${ofCase}\n    ${ofSpan}\n`,
  );
  expect(await as('md')).toContain(escaped(`${ofCase}; ${ofSpan}`));
  expect(await as('csv')).toContain('""span.tenant.id"":""tenant-99""');
});

test('of spans that differ, a few of the values are shown', () => {
  const [span] = ofKind(hostileResult().rules, 'trace')[0]!.violations[0]!.evidence;
  const evidence = [1, 1, 2, 3, 4, 5].map((n) => ({
    ...span!,
    values: new Map<string, unknown>([
      ['span.n', n],
      ['span:duration', 1_500_000],
      ['span.none', null],
    ]),
  }));
  expect(comparedTexts({ values: new Map([['c.span.n', 7]]), evidence })).toEqual([
    'c.span.n = 7',
    'span.n = 1, 2, 3 and 2 different ones',
    'span:duration = 1.5 ms',
    'span.none = missing',
  ]);
});

test('of spans in other traces it is said in which', () => {
  const [span] = ofKind(hostileResult().rules, 'trace')[0]!.violations[0]!.evidence;
  const { bound: _, ...matched } = { ...span!, service: 'auth' };
  const spansIn = (name: string, ...traces: readonly string[]) =>
    traces.map((traceId) => ({ ...matched, name, traceId }));
  const evidence = [
    ...spansIn('here', 'a1', 'a1'),
    ...spansIn('there', 'b2'),
    ...spansIn('all over', 'a1', 'b2', 'c3'),
  ];
  expect(groupedSpans(evidence, '×', 'a1')).toEqual([
    'all over in auth ×3 (in 3 traces)',
    'here in auth ×2',
    'there in auth (trace b2)',
  ]);
});

test('the schema refuses what is not a result', () => {
  const json = replayJson(hostileResult());
  for (const wrong of [
    { ...json, traces: -1 },
    { ...json, range: { from: '2026-11-20', to: null } },
    { ...json, rules: [{ ...json.rules[0], severity: 'bad' }] },
    {
      ...json,
      rules: [{ ...json.rules[0], violations: [{ ...json.rules[0]!.violations[0], traceId: 'AB' }] }],
    },
    { ...json, blocks: { read: 1 } },
  ])
    expect(validate(wrong)).toBe(false);
});

test('names that objects have anyway stay names', () => {
  const [violation] = replayJson(hostileResult()).rules[0]!.violations;
  expect(Object.keys(violation!.binding!)).toEqual(['__proto__']);
  expect(Object.keys(violation!.values)).toContain('toString');
});

/** Controls but for line ends, and the mark that turns the direction of writing. */
const ACTIVE = /(?![\n\r])[\p{Cc}\u202e]/u;

test('nothing hostile reaches a terminal, in any format', () => {
  const hostile = hostileResult();
  const options = { elapsedMs: 10, samples: 3, details: true, nowMs: 0, terminal: recorder() };
  for (const report of [
    textReport(hostile, options),
    csvReport(hostile),
    markdownReport(hostile, 10),
    htmlReport(hostile, { limit: 10, nowMs: 0, version: '1' }),
    printableJson(replayJson(hostile), 2),
  ]) {
    expect(report).not.toMatch(ACTIVE);
    expect(report).toContain('\\u001b');
  }
});

test('CSV says of how many cases a rule cannot tell and why, and how many spans share an id', () => {
  const missing = new Map([['span.amount', 2]]);
  const unsure = ruleResult({ applicable: 3, passed: 1, cannotTell: 2, missing });
  const rows = csvReport(result([unsure], { spansSharingId: 2 }))
    .trim()
    .split('\r\n')
    .slice(1);
  expect(rows).toEqual([
    expect.stringMatching(/^cannot tell,shop,.*,2 cases: cannot tell for want of span.amount \(2\),$/),
    'shared ids,shop,,,,,,,,,,,,,2 spans share their id with another span of their trace; each is judged by itself,',
  ]);
  expect(csvReport(result([ruleResult()])).trim()).toBe(CSV_COLUMNS.join(','));
});

test('CSV has a row for each violation, and says what it leaves out', async () => {
  const cache = await temporary('cache');
  const args = [
    'replay',
    SHOP_RULES,
    '--blocks',
    SHOP,
    '--cache',
    cache,
    '--rule',
    'retry-storm',
    '--format',
    'csv',
  ];
  const all = await runHere(...args);
  const rows = all.out.split('\r\n');
  expect(rows[0]).toBe(CSV_COLUMNS.join(','));
  expect(rows).toHaveLength(1 + 5 + 1);
  expect(rows[1]).toMatch(
    /^violation,single-tenant,retry-storm,high,[0-9a-f]{32},83095fc1bdca9228d1fa070916a23134,2026-11-20T09:19:12\.\d{9}Z,always#1,/,
  );
  expect(rows[1]).toContain(',"{""count({ name = \\""http.retry\\"" })"":4}",');
  const some = await runHere(...args, '--limit', '2');
  expect(some.out.split('\r\n')).toHaveLength(1 + 2 + 1 + 1);
  expect(some.out).toContain('left out,single-tenant,retry-storm,high,,,,,,,,,,,3 more violations');
});

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ['\t=1', '\\t=1'],
  ['two\r\nlines', 'two\\r\\nlines'],
])('the CSV cell of %j is %s', (text, expected) => {
  expect(cell(text)).toBe(expected);
});

test('Markdown is a table of rules and a section for each that is violated', async () => {
  const cache = await temporary('cache');
  const { code, out } = await runHere(
    'replay',
    SHOP_RULES,
    '--blocks',
    SHOP,
    '--cache',
    cache,
    '--format',
    'md',
    '--limit',
    '2',
  );
  expect(code).toBe(1);
  expect(out).toContain('# Replay of 12 rules over single-tenant\n');
  expect(out).toContain('| retry-storm | high | 53 | 48 | **5** (9.4 %) | 0 | 0 | 2026-11-20 09:19:12 |');
  expect(out.match(/^## /gm)).toHaveLength(12);
  expect(out).toContain('… and 3 more.');
  expect(out).toMatch(/```text\n[·▁-█ ]+\n00:00 +▲ 09:19 +23:59\nhighest bar/);
});

test('HTML is one file: nothing runs in it, nothing is loaded, and names stay text', () => {
  const report = htmlReport(hostileResult(), { limit: 10, nowMs: 0, version: '1' });
  expect(report).not.toMatch(/<script|\son\w+="|\ssrc="|\shref="(?!#)|url\(|@import|\sstyle=/u);
  expect(report).toContain('&lt;script&gt;');
  const [, style] = /<style>([\s\S]*)<\/style>/u.exec(report)!;
  const hash = createHash('sha256').update(style!).digest('base64');
  expect(report).toContain(`style-src &#39;sha256-${hash}&#39;`);
  expect(report.match(/<section id="rule-1">/g)).toHaveLength(1);
});

test('HTML draws when a rate changed, and what differs', () => {
  const buckets = Array.from({ length: 24 }, (_, n) => ({
    start: START + BigInt(n) * HOUR,
    passed: n < 16 ? 100 : 90,
    violated: n < 16 ? 0 : 10,
    cannotTell: 0,
  }));
  const share = (meeting: number, all: number) => ({ meeting, all });
  const condition = (field: string, value: string) => ({
    of: { role: 0, span: { kind: 'bound', name: 'a', binding: 0 } as const, field, values: 3 },
    operator: '=' as const,
    value,
  });
  const differences = {
    ...{ fields: 9, fieldsLeftOut: 0, violated: 80, passed: 2320, isSample: false },
    findings: [
      {
        conditions: [condition('resource.service.version', '2.4.0 <b>')],
        counts: { violated: share(80, 80), passed: share(232, 2320) },
        chance: 0,
        echoes: [],
      },
    ],
  };
  const found = ruleResult({
    ...{ applicable: 2400, passed: 2320, violated: 80, buckets, differences },
    ...{ first: START + 16n * HOUR, last: START + 23n * HOUR },
  });
  const report = htmlReport(result([found]), { limit: 10, nowMs: 0, version: '1' });
  expect(csvReport(result([found]))).toContain(
    'differs,shop,r,medium,,,,,,,,,,"{""resource.service.version"":""2.4.0 <b>""}","100 % of violations, 10 % of what passed (10 ×)",',
  );
  expect(report).toContain('changed 16:00');
  expect(report).toContain('0 % until 16:00, 10 % since then');
  expect(report.match(/<rect class="violated"/g)).toHaveLength(8);
  expect(report).toContain('resource.service.version = 2.4.0 &lt;b&gt;');
  expect(report).toContain('aria-label="100 % of violations, 10 % of what passed (10 ×)"');
});

test('Markdown in names stays text', () => {
  expect(escaped('[x](y) | <b> `c` *d* _e_')).toBe('\\[x\\](y) \\| \\<b\\> \\`c\\` \\*d\\* \\_e\\_');
});
