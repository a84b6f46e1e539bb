/**
 * The rules that the repository carries: without a complaint from the checker, laid out by `fmt`, listed in the README, and
 * with tests that pass, that break every clause, and that show where the rule does not apply.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatText } from '../../engine/language/format/format.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Expectation } from '../../engine/language/tree/ast.js';
import { ofKind } from '../../engine/shared/of-kind.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { testTraces } from '../../engine/testing/test-trace.js';
import { compiledOutcomes, oracleOutcomes } from '../support/evaluation.js';
import { compiledFlows, oracleFlows } from '../support/flow-evaluation.js';

const root = new URL('../../queries/', import.meta.url);
const texts = new Map(
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.betrace'))
    .sort()
    .map((path) => [path, readFileSync(new URL(path, root), 'utf8')] as const),
);
const workspace = loadWorkspace(texts);
const { tests } = workspace;
const rules = ofKind(workspace.rules, 'trace');
const flows = ofKind(workspace.rules, 'flow');

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

describe.each([...workspace.files])('queries/%s', (path, file) => {
  it('has neither errors nor warnings', () => {
    expect(file.diagnostics.map(({ code, message, range }) => ({ code, message, range }))).toEqual([]);
  });

  it('is laid out as fmt would', () => {
    expect(formatText(texts.get(path)!)).toEqual({ text: texts.get(path), diagnostics: [] });
  });
});

describe('rules of queries', () => {
  it('give what their tests expect', async () => {
    const results = await runTests(db, tests, async () => ({ problem: 'no files here' }));
    expect(results).toHaveLength(tests.length);
    const failed = results
      .filter(({ passed }) => !passed)
      .map(({ test, expected, actual, problem }) => {
        const title = `${test.path} ${test.item.rule.text}: ${test.item.title.value}`;
        return `${title}: expected ${expected}, got ${problem ?? actual}`;
      });
    expect(failed).toEqual([]);
  });

  it('mean the same to the compiler and to the oracle, each rule on the traces of all tests', async () => {
    const traces = tests.flatMap(({ item, rule }) => (rule?.kind === 'trace' ? testTraces(item) : []));
    const asked = rules.map(({ expanded, settings }) => ({ ...expanded, settings }));
    const compiled = await compiledOutcomes(db, asked, traces);
    const expected = oracleOutcomes(asked, traces);
    for (const [n, { item }] of rules.entries())
      expect({ rule: item.id.text, ...compiled[n] }).toEqual({ rule: item.id.text, ...expected[n] });
  });

  it('mean the same to the compiler and to the oracle where they go across traces', async () => {
    const traces = tests.flatMap(({ item, rule }) => (rule?.kind === 'flow' ? testTraces(item) : []));
    const asked = flows.map(({ expanded, settings }) => ({ ...expanded, settings, across: settings.across }));
    const compiled = await compiledFlows(db, asked, traces, {});
    const expected = oracleFlows(asked, traces, {});
    for (const [n, { item }] of flows.entries())
      expect({ rule: item.id.text, ...compiled[n] }).toEqual({ rule: item.id.text, ...expected[n] });
  });

  it('are the at least thirty that the README promises, in addition to the shop', () => {
    expect(rules.filter(({ path }) => !path.startsWith('shop/')).length).toBeGreaterThanOrEqual(30);
  });

  it.each(workspace.rules.map((rule) => [rule.item.id.text, rule] as const))(
    '%s is tested in full',
    (_, rule) => {
      const expectations = expectationsOf(rule);
      const verdicts = new Set(expectations.map(({ verdict }) => verdict));
      expect(verdicts).toContain('pass');
      expect(verdicts).toContain('violation');
      // A window without a span is judged too.
      if (rule.kind !== 'window')
        expect(verdicts.has('not applicable') || verdicts.has('cannot tell')).toBe(true);
      const broken = new Set(
        expectations.map(({ clause }) => (clause === undefined ? '' : `${clause.keyword}#${clause.index}`)),
      );
      const clauses = rule.expanded.clauses.map(({ keyword, index }) => `${keyword}#${index}`);
      expect([...broken]).toEqual(expect.arrayContaining(clauses));
    },
  );

  it.each(workspace.rules.map((rule) => [rule.item.id.text, rule.settings] as const))(
    '%s says what it demands and who answers for it',
    (_, { summary, owner }) => {
      expect(summary).toMatch(/\S/);
      expect(owner).toMatch(/\S/);
    },
  );
});

function expectationsOf(rule: ResolvedRule): readonly Expectation[] {
  return tests.filter((test) => test.rule === rule).map(({ item }) => item.expect);
}

it('the language reference compares with other languages by rules that are here', () => {
  const reference = readFileSync(new URL('../engine/language/README.md', root), 'utf8');
  const section = reference.slice(reference.indexOf('## Other languages'), reference.indexOf('## Limits'));
  const [can = ''] = section.split('What they have and this language has not');
  const named = [...can.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map(([, id]) => id!);
  expect(named).toHaveLength(14);
  const tested = new Set(tests.map(({ item }) => item.rule.text));
  expect(named.filter((id) => !tested.has(id))).toEqual([]);
});

describe('queries/README.md', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const rows = [...readme.matchAll(/^\|.*\| `([^`]+)` \| \[([^\]]+)\]\(([^)]+)\) \|$/gm)].map(
    ([, id, shown, path]) => ({ id: id!, shown: shown!, path: path! }),
  );

  it('lists every rule once, with its file', () => {
    const listed = rows.map(({ id, path }) => `${id} ${path}`).sort();
    expect(listed).toEqual(workspace.rules.map(({ item, path }) => `${item.id.text} ${path}`).sort());
  });

  it('names a rule with tests for each of the 45 templates', () => {
    const templates = [...readme.matchAll(/^\| `((?:ai|comp|sre)-\d+)` \|[^|]+\| (.+) \|$/gm)].map(
      ([, id, named]) => ({ id: id!, named: [...named!.matchAll(/`([^`]+)`/g)].map(([, rule]) => rule!) }),
    );
    const numbers = (kind: string, most: number) =>
      Array.from({ length: most }, (_, n) => `${kind}-${`${n + 1}`.padStart(3, '0')}`);
    expect(templates.map(({ id }) => id)).toEqual([
      ...numbers('ai', 12),
      ...numbers('comp', 15),
      ...numbers('sre', 18),
    ]);
    const tested = new Set(tests.map(({ item }) => item.rule.text));
    for (const { id, named } of templates) {
      expect(named, id).not.toEqual([]);
      expect(
        named.filter((rule) => !tested.has(rule)),
        id,
      ).toEqual([]);
    }
  });

  it('shows the file that it links to', () => {
    for (const { shown, path } of rows) expect(shown).toBe(path);
  });

  it('links every folder', () => {
    for (const path of texts.keys()) {
      const folder = path.slice(0, path.indexOf('/'));
      expect(readme).toContain(`[${folder}](${folder})`);
    }
  });
});
