/** What the checker lets through the database compiles, and what it stops is named. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../../engine/testing/run-tests.js';
import { marksOf, workspaceOf } from './marked.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

const TEST = '\ntest "t" of r { a "x" 0ms..1ms { span.a = 5 } expect violation }';
const repeat = (count: number, text: string): string => Array.from({ length: count }, () => text).join(' ');

/** By the number of operators inside each other: a rule about an expression of that depth. */
const SHAPES: readonly (readonly [string, number, (count: number) => string])[] = [
  ['sums', 111, (count) => `rule r { never { span.a ${repeat(count, '+ span.a')} > 5 } }`],
  ['signs', 111, (count) => `rule r { never { span.a > ${repeat(count, '-')} span.a } }`],
  [
    'sums over other spans',
    111,
    (count) => `rule r { never { span.a ${repeat(count, '/ root.span.a')} > 5 } }`,
  ],
  ['scalars', 111, (count) => `rule r { never count({ span.a = 5 }) ${repeat(count, '+ 1')} > 5 }`],
  ['aggregates', 111, (count) => `rule r { never { } | max(span.a) ${repeat(count, '- sum(span.a)')} > 5 }`],
  [
    'bound fields',
    111,
    (count) => `rule r { when { } as x  never x.span.a ${repeat(count, '* x.span.a')} > 5 }`,
  ],
  ['structure', 220, (count) => `rule r { never { span.a = 1 } ${repeat(count, '>> { span.a = 5 }')} }`],
];

describe.each(SHAPES)('%s', (_, most, rule) => {
  it(`run ${most} deep`, async () => {
    const text = rule(most) + TEST;
    expect(marksOf(text).filter((mark) => !mark.startsWith('BT23'))).toEqual([]);
    const [result] = await runTests(db, workspaceOf(text).tests, async () => ({ problem: 'no files' }));
    expect(result).toBeDefined();
    expect(result?.problem).toBeUndefined();
  });

  it('are refused deeper, at the expression', () => {
    const text = rule(most + 30);
    const [mark, ...more] = marksOf(text).filter((marked) => marked.startsWith('BT2019'));
    expect(mark).toMatch(/^BT2019 .*span\.a/);
    expect(more).toEqual([]);
  });
});

it('chains of one logical operator in a filter are flat', async () => {
  const text = `rule r { never { span.a = 0 ${Array.from({ length: 900 }, (_, n) => `|| span.a = ${n + 1}`).join(' ')} } }${TEST}`;
  expect(marksOf(text)).toEqual([]);
  const [result] = await runTests(db, workspaceOf(text).tests, async () => ({ problem: 'no files' }));
  expect(result).toMatchObject({ passed: true });
});

it('a rule has as many patterns as the database plans in seconds', () => {
  const rule = (count: number): string =>
    `rule r { never ${Array.from({ length: count }, (_, n) => `{ span.a = ${n} }`).join(' and ')} }`;
  expect(marksOf(rule(200))).toEqual([]);
  expect(marksOf(rule(201))).toEqual(['BT2019 r']);
});
