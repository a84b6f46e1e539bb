/** Refactorings: what they make of texts, and that none makes a mistake or, where nothing is to change, changes a rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { applyEdits } from '../../engine/language/problems/fixes.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';
import type { Refactoring } from '../../lsp/features/refactor/refactoring.js';
import { refactoringsAt } from '../../lsp/features/refactor/refactorings.js';
import { Analysis } from '../../lsp/workspace/analysis.js';

const PATH = 'a.betrace';

function offered(marked: string): readonly { readonly refactoring: Refactoring; readonly text: string }[] {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const analysis = new Analysis();
  analysis.setText(PATH, text);
  return refactoringsAt(analysis, PATH, text, { start: offset, end: offset }).map((refactoring) => ({
    refactoring,
    text: applyEdits(text, refactoring.edits),
  }));
}

/** What the refactoring of this title makes of a text with the cursor at `¦`. */
function made(marked: string, title: RegExp): string | undefined {
  return offered(marked).find(({ refactoring }) => title.test(refactoring.title))?.text;
}

describe('refactorings', () => {
  it('name a pattern', () => {
    expect(made('rule r { never { name = "payment.charge_card" ¦&& status = error } }', /Name/u)).toBe(
      'let charge-card = { name = "payment.charge_card" && status = error }\n\nrule r { never charge-card }',
    );
    expect(
      made('let check = { name = "x" }\nrule r { when { ¦name = "a.check" } as c never check }', /Name/u),
    ).toBe(
      'let check = { name = "x" }\nlet check-2 = { name = "a.check" }\n\nrule r { when check-2 as c never check }',
    );
    expect(made('rule r { when { } as c never { span.a = c.span.a¦ } }', /Name/u)).toBeUndefined();
  });

  it('write a let out, at one place or at all', () => {
    const text = 'let p = { name = "a" } || { name = "b" }\n\nrule r { when p always p > { } }';
    expect(made(text.replace('when p', 'when ¦p'), /Write out/u)).toBe(
      'let p = { name = "a" } || { name = "b" }\n\nrule r { when ({ name = "a" } || { name = "b" }) always p > { } }',
    );
    expect(made(text.replace('let p', 'let ¦p'), /Write out/u)).toBe(
      'rule r { when ({ name = "a" } || { name = "b" }) always ({ name = "a" } || { name = "b" }) > { } }',
    );
  });

  it('bind a span, split a clause and judge across traces', () => {
    expect(made('rule r { when { name = "pay.charge" ¦} always { name = "b" } }', /each/u)).toBe(
      'rule r { when { name = "pay.charge" } as c always { name = "b" } }',
    );
    expect(made('rule r {\n  always { } before¦ { } and { name = "b" }\n}', /Split/u)).toBe(
      'rule r {\n  always { } before { }\n  always { name = "b" }\n}',
    );
    expect(made('rule r { always { } or¦ { name = "b" } }', /Split/u)).toBeUndefined();
    expect(made('rule ¦r {\n  severity = high\n  never { span.order.id = 1 }\n}', /span\.order\.id/u)).toBe(
      'rule r {\n  severity = high\n  across span.order.id within 1h\n  never { span.order.id = 1 }\n}',
    );
  });

  it('take no amount for what spans have in common', () => {
    const keys = (condition: string) =>
      offered(`rule ¦r { never { ${condition} } }`)
        .map(({ refactoring }) => /by (.*)$/u.exec(refactoring.title)?.[1])
        .filter((key) => key !== undefined);
    expect(keys('span.amount > 1000 && span.user.id != nil')).toEqual(['span.user.id']);
    expect(keys('span.paid = true && span.share = 0.5 && span.total - span.tax = 3')).toEqual([]);
  });

  it('make a test of the spans that a rule is about', () => {
    expect(
      made(
        'rule ¦r { when { name = "a" && span.n > 3 && resource.service.name = "shop" } as c always { name = "b" } before c }',
        /test/u,
      ),
    ).toContain('  shop "a" 0ms..50ms { span.n = 4 }\n  expect violation');
    expect(made('rule ¦r { never { span.a =~ "x.*" } }', /test/u)).toBeUndefined();
  });
});

const root = fileURLToPath(new URL('../../queries', import.meta.url));
const FILES = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.betrace'))
  .map((name): readonly [string, string] => [join(root, name), readFileSync(join(root, name), 'utf8')]);

describe('in the rules of this repository', () => {
  let db: Database;
  beforeAll(async () => {
    db = await Database.open({ threads: 1 });
  });
  afterAll(() => {
    db.close();
  });

  const analysis = new Analysis();
  for (const [path, text] of FILES) analysis.setText(path, text);
  const all = FILES.flatMap(([path, text]) => {
    const offsets = [...text.matchAll(/(?:rule |let |when +|always +|never +)(?=\S)/gu)].map(
      ({ index, 0: word }) => index + word.length,
    );
    return offsets.flatMap((offset) =>
      refactoringsAt(analysis, path, text, { start: offset, end: offset }).map((refactoring) => ({
        path,
        refactoring,
        text: applyEdits(text, refactoring.edits),
      })),
    );
  });

  it('none makes a mistake', () => {
    expect(all.length).toBeGreaterThan(200);
    const wrong = all.filter(
      ({ path, text }, n) =>
        n % 5 === 0 && analysis.diagnosticsIf(path, text).some(({ severity }) => severity === 'error'),
    );
    expect(wrong.map(({ refactoring }) => refactoring.title)).toEqual([]);
  });

  it('naming a pattern and writing one out leave every rule what it was', () => {
    const revisions = (path: string, text: string): readonly string[] => {
      const { rules } = loadWorkspace(new Map([...FILES, [path, text]]));
      return planRules(rules.filter((rule) => rule.kind !== 'window' && rule.path === path)).rules.map(
        ({ revision }) => revision,
      );
    };
    const same = all.filter(({ refactoring }) => refactoring.kind !== 'rewrite');
    for (const { path, text } of same.filter((_, n) => n % 30 === 0))
      expect(revisions(path, text)).toEqual(revisions(path, FILES.find(([known]) => known === path)![1]));
  });

  it('the tests that are made are violated', async () => {
    const tests = all.filter(({ refactoring }) => refactoring.title.startsWith('Make a test'));
    expect(tests.length).toBeGreaterThan(10);
    const byFile = new Map(FILES);
    for (const [path, text] of FILES) {
      const wanted = tests.filter((test) => test.path === path);
      byFile.set(
        path,
        applyEdits(
          text,
          wanted.flatMap(({ refactoring }) => refactoring.edits),
        ),
      );
    }
    const made = loadWorkspace(byFile).tests.filter(({ item }) => item.title.value === 'it is violated');
    expect(made.length).toBe(tests.length);
    const results = await runTests(db, made, async () => ({ problem: 'no files here' }));
    expect(
      results.filter(({ passed }) => !passed).map(({ test, actual }) => `${test.item.rule.text}: ${actual}`),
    ).toEqual([]);
  });
});
