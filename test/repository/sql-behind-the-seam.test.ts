/** SQL is written in `engine/sql` and nowhere else, and where it is written it is a type: a text of anybody's cannot be SQL. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Why SQL is written there all the same. */
const MAY_WRITE_SQL: Readonly<Record<string, string>> = {
  'engine/blocks/flatten/nested': 'DuckDB reads Tempo’s nested files there, whatever judges the rules',
  'server/explain/format-sql.ts': 'lays SQL out for people; it knows the words of it',
};

function sources(folder: string): readonly (readonly [file: string, text: string])[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [join(folder, name), readFileSync(join(root, folder, name), 'utf8')] as const);
}

const STATEMENT =
  /['"`(]\s*(?:SELECT|WITH|INSERT INTO|DELETE FROM|UPDATE|CREATE|DROP|FROM|DESCRIBE)\s(?!from ')[^\n]*/g;

describe('outside engine/sql', () => {
  const outside = ['engine', 'server', 'lsp', 'extension']
    .flatMap(sources)
    .filter(([file]) => !file.startsWith('engine/sql/') && !file.includes('node_modules'));

  it('nothing writes SQL but what is listed here with a reason', () => {
    const found = outside
      .filter(([file]) => !Object.keys(MAY_WRITE_SQL).some((prefix) => file.startsWith(prefix)))
      .flatMap(([file, text]) => (text.match(STATEMENT) ?? []).map((statement) => `${file}: ${statement}`));
    expect(found).toEqual([]);
  });

  it('every listed place still writes some', () => {
    const idle = Object.keys(MAY_WRITE_SQL).filter(
      (prefix) =>
        !outside.some(
          ([file, text]) => file.startsWith(prefix) && (text.match(STATEMENT) ?? /'SELECT'/.exec(text)),
        ),
    );
    expect(idle).toEqual([]);
  });

  it('nothing reaches into a dialect but the reader of nested files', () => {
    const reaching = outside
      .filter(([, text]) => /from '[^']*sql\/dialects\//.test(text))
      .map(([file]) => file)
      .filter((file) => !file.startsWith('engine/blocks/flatten/nested'));
    expect(reaching).toEqual([]);
  });
});

describe('inside engine/sql', () => {
  it('one file names the dialects that there are', () => {
    const naming = sources('engine/sql')
      .filter(([file]) => !/^engine\/sql\/dialects\/\w+\//.test(file))
      .filter(([, text]) => /from '[^']*\/(?:duckdb)\//.test(text))
      .map(([file]) => file);
    expect(naming).toEqual(['engine/sql/dialects/dialects.ts']);
  });
});

describe('session tables', () => {
  it('are named in tables.ts and nowhere else in SQL', () => {
    const tables = [
      ...readFileSync(join(root, 'engine/sql/tables.ts'), 'utf8').matchAll(/name\('(\w+)'\)/g),
    ].map(([, table]) => table!);
    expect(tables.length).toBeGreaterThan(25);
    const named = new RegExp(`\\b(?:FROM|JOIN|INTO|TABLE|VIEW|UPDATE) (?:${tables.join('|')})\\b`);
    const found = [...sources('engine'), ...sources('server')]
      .filter(([file]) => !file.startsWith('engine/blocks/flatten/nested'))
      .flatMap(([file, text]) =>
        text.split('\n').flatMap((line, n) => (named.test(line) ? [`${file}:${n + 1}: ${line.trim()}`] : [])),
      );
    expect(found).toEqual([]);
  });
});

describe('SQL as a type', () => {
  it('is made of texts by the tag and by dialects only', () => {
    const making = sources('engine')
      .filter(([, text]) => /\bSql\.of\(/.test(text))
      .map(([file]) => file)
      .filter((file) => !/^engine\/sql\/(?:text|dialects)\//.test(file));
    expect(making).toEqual([]);
  });
});
