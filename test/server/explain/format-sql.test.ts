import { expect, test } from 'vitest';
import { formatSql } from '../../../server/explain/format-sql.js';
import { runHere } from '../cli/support.js';
import { SHOP_RULES } from '../replay/support.js';

/** Without white space outside of strings and quoted names. */
function squeezed(sql: string): string {
  return sql.replace(/('(?:[^']|'')*'|"(?:[^"]|"")*")|\s+/g, (_, text: string | undefined) => text ?? '');
}

test('only white space changes, in every statement of the shop and at any width', async () => {
  const { out } = await runHere('explain', SHOP_RULES, '--format', 'json');
  const { rules } = JSON.parse(out) as { rules: { sql: Record<string, string> }[] };
  const statements = rules.flatMap(({ sql }) => Object.values(sql));
  expect(statements).toHaveLength(47);
  for (const sql of statements)
    for (const width of [20, 60, 100, 10_000]) expect(squeezed(formatSql(sql, width))).toBe(squeezed(sql));
});

test('strings keep their blanks, newlines and keywords', () => {
  const sql = `SELECT 'a  FROM (\n x''y' AS "odd  ) name" FROM t WHERE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1`;
  expect(formatSql(sql, 30)).toBe(
    `SELECT 'a  FROM (\n x''y' AS "odd  ) name"\nFROM t\nWHERE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1`,
  );
});

test('what does not fit is opened, and no more', () => {
  expect(formatSql('SELECT a, left(b, 3) FROM (SELECT a, b FROM t) x', 100)).toBe(
    'SELECT a, left(b, 3) FROM (SELECT a, b FROM t) x',
  );
  expect(formatSql('SELECT a, left(b, 3) FROM (SELECT a, b FROM t LEFT JOIN u ON t.x = u.x) x', 30)).toBe(
    `SELECT a, left(b, 3)
FROM (
  SELECT a, b
  FROM t
  LEFT JOIN u ON t.x = u.x
) x`,
  );
  expect(formatSql('SELECT CASE WHEN a IS NULL THEN 1 ELSE CASE WHEN b THEN 2 END END AS c FROM t', 30)).toBe(
    `SELECT CASE
  WHEN a IS NULL THEN 1
  ELSE CASE WHEN b THEN 2 END
END AS c
FROM t`,
  );
});

test('brackets that do not match lose nothing', () => {
  expect(formatSql('SELECT (a FROM t)) END', 10)).toMatch(/^SELECT[\s\S]*END$/);
});
