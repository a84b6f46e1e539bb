/** What the checker says of texts as people write them who know another language, and what its fixes make of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { applyEdits, fixedText, preferredFix, soundFixes } from '../../../engine/language/problems/fixes.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../../engine/testing/run-tests.js';
import { check, type WrongText, wrongTexts } from './read.js';
import { hasErrors, isSame, scoreOf } from './score.js';

const texts = wrongTexts();

it('the corpus is large, and what its texts mean is right', () => {
  expect(texts.length).toBeGreaterThan(200);
  const wrong = texts.filter(({ means }) => means !== undefined && hasErrors(means));
  expect(wrong.map(({ title }) => title)).toEqual([]);
});

describe.each(texts)('$habit: $title', (wrong) => {
  it('is worth what the corpus says', () => {
    expect(scoreOf(wrong)).toBe(wrong.score);
  });

  it('is offered nothing that makes it worse, and nothing unasked that means something else', () => {
    const diagnostics = check(wrong.text);
    const before = { text: wrong.text, diagnostics };
    for (const diagnostic of diagnostics) {
      const fixes = soundFixes(diagnostic, before, check);
      for (const { edits } of fixes) {
        const after = check(applyEdits(wrong.text, edits)).filter(({ severity }) => severity === 'error');
        expect(after.length).toBeLessThanOrEqual(
          diagnostics.filter(({ severity }) => severity === 'error').length,
        );
      }
      const preferred = preferredFix(fixes, before, check);
      if (preferred === undefined) continue;
      const fixed = fixedText(applyEdits(wrong.text, preferred.edits), check);
      if (!hasErrors(fixed)) expect(fixed).toSatisfy((text: string) => isSame(text, wrong.means ?? ''));
    }
  });
});

it('diagnostics are worth 2.7 of 3 on average', () => {
  const scores = texts.map(({ score }) => score);
  expect(scores.reduce((sum, score) => sum + score, 0) / scores.length).toBeGreaterThan(2.7);
});

describe('a fixed rule keeps what was meant', () => {
  let db: Database;
  beforeAll(async () => {
    db = await Database.open({ threads: 1 });
  });
  afterAll(() => {
    db.close();
  });

  it('as traces show that pass and that violate it', async () => {
    const tried = texts.filter(({ passes, violates }) => passes !== undefined || violates !== undefined);
    expect(tried.length).toBeGreaterThan(30);
    const files = new Map(tried.map((wrong, n) => [`${n}.betrace`, withTests(wrong, n)]));
    const { tests } = loadWorkspace(files);
    const results = await runTests(db, tests, async () => ({ problem: 'no files here' }));
    const failed = results.filter(({ passed }) => !passed);
    expect(failed.map(({ test, actual }) => `${test.item.title.value}: ${actual}`)).toEqual([]);
    expect(results).toHaveLength(
      tried.flatMap(({ passes, violates }) => [passes, violates]).filter((trace) => trace !== undefined)
        .length,
    );
  });
});

/** What the fixes make of a text, with its traces as tests; the rule has a name of its own. */
function withTests({ habit, title, text, passes, violates }: WrongText, number: number): string {
  const fixed = fixedText(text, check).replace('rule r ', `rule r${number} `);
  const test = (trace: string | undefined, outcome: string): string =>
    trace === undefined
      ? ''
      : `test ${JSON.stringify(`${habit}, ${title}: ${outcome}`)} of r${number} { ${trace} expect ${outcome} }`;
  return [fixed, test(passes, 'pass'), test(violates, 'violation')].join('\n');
}
