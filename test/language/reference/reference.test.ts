/**
 * The language reference is true: its examples are sound (or wrong in the way they say), its tables are what the code
 * says, and it lists every diagnostic code there is. `--update` rewrites the tables.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatText } from '../../../engine/language/format/format.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import { METRICS_FUNCTIONS } from '../../../engine/language/words/metrics-words.js';
import { RELATIONS } from '../../../engine/language/words/words.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../../engine/testing/run-tests.js';
import { CODES } from '../../../server/shared/codes.js';
import { withSections } from './sections.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const path = `${root}engine/language/README.md`;
const reference = readFileSync(path, 'utf8');

const fences = [...reference.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([whole, info, text], n) => ({
  info: info!,
  text: text!,
  title: `${n + 1}, line ${reference.slice(0, reference.indexOf(whole)).split('\n').length}`,
}));

const load = (text: string) => loadWorkspace(new Map([['reference.betrace', text]]));
const codesOf = (text: string): readonly string[] =>
  [...load(text).files.values()].flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code));

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

describe('tables', () => {
  it('are those that the code gives', async () => {
    await expect(withSections(reference)).toMatchFileSnapshot(path);
  });
});

it.each([...Object.keys(RELATIONS), ...METRICS_FUNCTIONS])('the text has the word %s', (word) => {
  const said = [...reference.matchAll(/`[^`\n]+`/g)].map(([code]) => code);
  expect(said.some((code) => new RegExp(`\\b${word}\\b`).test(code))).toBe(true);
});

describe('examples', () => {
  const sound = fences.filter(({ info }) => info === 'betrace');
  const wrong = fences.filter(({ info }) => info.startsWith('betrace error '));
  const queries = fences.filter(({ info }) => info === 'traceql');

  it('are all of a known kind', () => {
    expect(sound.length).toBeGreaterThan(10);
    expect(sound.length + wrong.length + queries.length).toBe(fences.length);
  });

  it.each(sound)('$title: no complaint', ({ text }) => {
    expect(codesOf(text)).toEqual([]);
    expect(formatText(text)).toEqual({ text, diagnostics: [] });
  });

  it.each(wrong)('$title: $info', ({ info, text }) => {
    expect(codesOf(text)).toEqual([info.replace('betrace error ', '')]);
  });

  it.each(queries.flatMap(({ text }) => text.trimEnd().split('\n')))('%s', (query) => {
    expect(parseQuery(query).diagnostics).toEqual([]);
  });

  it('give what their tests expect', async () => {
    const tests = sound.flatMap(({ text }) => load(text).tests);
    expect(tests.length).toBeGreaterThan(2);
    const results = await runTests(db, tests, async () => ({ problem: 'no files here' }));
    expect(
      results.filter(({ passed }) => !passed).map(({ test, actual }) => [test.item.title.value, actual]),
    ).toEqual([]);
  });
});

describe('codes', () => {
  const sources = ['engine', 'server'].flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?ts$/.test(name))
      .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(`${root}${folder}/${name}`, 'utf8') })),
  );
  const codesIn = (texts: readonly string[]) =>
    new Set(texts.flatMap((text) => text.match(/\bBT\d{4}\b/g) ?? []));

  it('of the source are those of the catalogue', () => {
    expect([...codesIn(sources.map(({ text }) => text))].sort()).toEqual([...CODES.keys()].sort());
  });

  it('are each reported by something', () => {
    const reporting = sources.filter(({ name }) => !/(^|\/|-)codes(\/|\.ts$)/.test(name));
    const reported = codesIn(reporting.map(({ text }) => text));
    expect([...CODES.keys()].filter((code) => !reported.has(code))).toEqual([]);
  });

  it('have something to say', () => {
    for (const [code, { title, explanation, advice }] of CODES) {
      for (const text of [title, explanation, advice]) expect(text.trim(), code).not.toBe('');
      expect(title, code).not.toMatch(/\.$/);
      expect(advice, code).toMatch(/[.]$/);
    }
  });
});

it('links to files and headings that exist', () => {
  const links = [...reference.matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g)];
  expect(links.length).toBeGreaterThan(15);
  const headings = [...reference.matchAll(/^#+ (.*)$/gm)].map(
    ([, heading]) => `#${heading!.toLowerCase().replaceAll(' ', '-')}`,
  );
  for (const [, file, anchor] of links) {
    if (file) expect(() => readFileSync(`${root}engine/language/${file}`), file).not.toThrow(/ENOENT/);
    else expect(headings).toContain(anchor);
  }
});
