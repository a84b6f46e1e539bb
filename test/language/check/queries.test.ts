import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';

/** Queries that Tempo's answers were recorded for; metrics queries start with `M `. */
const recorded = readFileSync(new URL('../corpus/queries.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.replace(/^M /u, ''));

/** Those of them that Tempo refused, and that have a meaning here on purpose. */
const EXTENSIONS: ReadonlySet<string> = new Set([
  // `parent.` reads the parent.
  '{ parent.name = "checkout.place_order" }',
  '{ parent.resource.service.name = "catalog" && duration > 3ms }',
  // A pipeline in parentheses is a spanset like any other, as a let that names one has to be.
  '({ name = "redis.get" } | count() > 2) && { name = "payment.charge_card" }',
]);

const marks = (text: string): readonly string[] =>
  loadQuery(text).diagnostics.map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`);

describe('recorded queries', () => {
  it('are as many as were recorded', () => {
    expect(recorded).toHaveLength(192);
    for (const query of EXTENSIONS) expect(recorded).toContain(query);
  });

  it.each(recorded)('%s', (text) => {
    const { query, diagnostics } = loadQuery(text);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(query).toBeDefined();
  });
});

describe('queries that Tempo refuses', () => {
  it.each<readonly [string, readonly string[]]>([
    // Types, as in filters of rules.
    ['{ name }', ['BT2201 name']],
    ['{ name = 1 }', ['BT2202 1']],
    ['{ status > ok }', ['BT2203 status > ok']],
    ['{ name =~ .a }', ['BT2204 .a']],
    ['{ name =~ "(" }', ['BT2205 (']],
    ['{ name = nil }', ['BT2208 name = nil']],
    ['{ resource.service.name = nil }', ['BT2208 resource.service.name = nil']],
    ['{ } | by(1)', ['BT2209 1']],
    ['{ } | sum(2) > 1', ['BT2209 2']],
    ['{ } | avg(name) > 1', ['BT2210 name']],
    ['{ 1 + "a" = 2 }', ['BT2212 1 + "a"']],
    // Metrics.
    ['{ name } | rate()', ['BT2201 name']],
    ['{ } | min_over_time(name)', ['BT2210 name']],
    ['{ } | max_over_time(span:start)', ['BT2210 span:start']],
    ['{ } | avg_over_time(event:name)', ['BT2210 event:name']],
    ['{ } | max(link:spanID) > 1', ['BT2210 link:spanID']],
    ['{ } | rate() by (.a, .b, .c, .d, .e, .f, .g)', ['BT2601 .f, .g']],
    ['{ } | avg_over_time(duration) by (.a, .b, .c, .d, .e)', ['BT2601 .e']],
    ['{ } | histogram_over_time(duration) by (.a, .b, .c, .d, .e)', ['BT2601 .e']],
    ['{ } | quantile_over_time(duration, .5) by (.a, .b, .c, .d, .e)', ['BT2601 .e']],
    ['{ } | quantile_over_time(duration, .5, 1.1)', ['BT2213 1.1']],
    ['{ } | quantile_over_time(duration, 99)', ['BT2213 99']],
    ['{ } | rate() | topk(0)', ['BT2602 0']],
    ['{ } | rate() | topk(2) > 1 | bottomk(0)', ['BT2602 0']],
    ['{ } | compare({ }, 0)', ['BT2602 0']],
    ['{ } | compare({ }, 1001)', ['BT2602 1001']],
    ['{ } | compare({ }, 10, 2, 2)', ['BT2602 2, 2']],
    ['{ } | compare({ name })', ['BT2201 name']],
    ['{ } | compare({ }) | topk(2)', ['BT2603 | topk(2)']],
    ['{ } | compare({ }) > 1', ['BT2603 > 1']],
    ['({ } | compare({ })) + 1', ['BT2603 compare({ })']],
    ['({ } | rate()) / ({ } | compare({ }))', ['BT2603 compare({ })']],
    ['({ } | rate()) * 10s', ['BT2604 10s']],
    ['2s / ({ } | rate())', ['BT2604 2s']],
    ['({ } | rate()) * (1 / 0)', ['BT2605 1 / 0']],
    // What is a test by itself in a rule means nothing in a query.
    ['charge', ['BT2001 charge']],
    ['{ } | rate() by (c.name)', ['BT2002 c']],
    ['charge | rate()', ['BT2001 charge']],
    ['{ span.a = c.span.a }', ['BT2002 c']],
  ])('%s', (text, expected) => {
    expect(marks(text)).toEqual(expected);
    expect(loadQuery(text).query).toBeUndefined();
  });
});

describe('queries that Tempo takes', () => {
  it.each([
    '{ true } | rate()',
    '{ } | rate() by (.a, .b, .c, .d, .e)',
    '{ } | avg_over_time(duration) by (.a, .b, .c, .d)',
    '{ } | quantile_over_time(span.x, 0, 1, 0.5)',
    '{ } | max_over_time(duration) > 1s',
    '{ } | avg_over_time(trace:duration)',
    '{ } | compare({ status = error }, 1000, 1, 2)',
    '({ } | rate()) * -2.5 + 1 > 3 | topk(1)',
    '{ } | by(name) | select(event:name, link:traceID)',
    '{ } | by(event.level, link:spanID) | max(event.n) > 1',
    '{ } | avg_over_time(event:timeSinceStart) by (event.a, link.b)',
    '{ } | count() > 1 - 3',
  ])('%s', (text) => {
    expect(marks(text)).toEqual([]);
    expect(loadQuery(text).query).toBeDefined();
  });
});

describe('warnings about queries', () => {
  it.each<readonly [string, readonly string[]]>([
    ['{ } | rate() > 5s', ['BT2606 5s']],
    ['{ } | rate() by (name, span:name)', ['BT2607 span:name']],
    ['{ } | quantile_over_time(duration, .5, 0.5)', ['BT2607 0.5']],
    ['{ name = "a" && name = "b" }', ['BT2304 name = "a" && name = "b"']],
    ['{ .a || .b && .c }', ['BT2310 .a || .b && .c']],
  ])('%s', (text, expected) => {
    expect(marks(text)).toEqual(expected);
    expect(loadQuery(text).query).toBeDefined();
  });

  it('name attributes that no stored span has', () => {
    const catalogue = {
      attributes: new Map([['span' as const, new Map([['http.status', { types: ['int' as const] }]])]]),
    };
    const codes = (text: string) => loadQuery(text, { catalogue }).diagnostics.map(({ code }) => code);
    expect(codes('{ span.http.staus = 1 } | rate() by (span.nosuch)')).toEqual(['BT2501', 'BT2501']);
    expect(codes('{ } | max_over_time(span.http.status)')).toEqual([]);
  });
});

describe('rules as queries', () => {
  it('are resolved like rules of files', () => {
    const { query } = loadQuery('severity = low when { name = "a" } as c never { .b } before c');
    expect(query?.kind).toBe('rule');
    if (query?.kind !== 'rule') return;
    expect(query.rule.bindings).toEqual(['c']);
    expect(query.rule.settings.severity).toBe('low');
    expect(query.rule.item.id.text).toBe('query');
  });

  it('may be over many traces', () => {
    const { query } = loadQuery('over 5m always { status = error } | rate() < 0.5');
    expect(query?.kind === 'over rule' ? query.rule.settings.overNs : undefined).toBe(300_000_000_000n);
  });

  it.each<readonly [string, readonly string[]]>([
    ['when { .a }', ['BT2301 when { .a }']],
    ['over 5m', ['BT2301 over 5m']],
    ['severty = low never { .a }', ['BT2101 severty']],
    ['when { .a } as c never { .b }', ['BT2005 c']],
    ['never { .a = x.span.a }', ['BT2002 x']],
    ['over 5m never { .a }', ['BT1025 }']],
    ['over 5m never { .a } | rate()', ['BT1024 )']],
    ['over 5m never { .a } | rate() > 1 before { .b }', ['BT1025 before']],
    ['over 5m over 6m never { .a } | rate() > 1', ['BT2102 over']],
  ])('%s', (text, expected) => expect(marks(text)).toEqual(expected));
});
