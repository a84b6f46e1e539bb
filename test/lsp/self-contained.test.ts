import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { selfContained } from '../../lsp/features/self-contained.js';
import { Analysis } from '../../lsp/workspace/analysis.js';

function analysisOf(files: Readonly<Record<string, string>>): Analysis {
  const analysis = new Analysis();
  for (const [path, text] of Object.entries(files)) analysis.setText(path, text);
  return analysis;
}

it('writes out the patterns of other files, with what these are made of, at the place of the first use', () => {
  const analysis = analysisOf({
    '/a.betrace': 'let inner = { name = "x" }\nexport let one = inner\nexport let unused = { }\n',
    '/b.betrace': 'export let two = { name = "y" }\n',
    '/rules.betrace':
      'use\n  "./a" use "./b"\nlet inner = { name = "own" }\nrule r { never one >> two or inner }\n',
  });
  expect(selfContained(analysis, '/rules.betrace')).toBe(
    'let one = { name = "x" } let two = { name = "y" }\n \nlet inner = { name = "own" }\nrule r { never one >> two or inner }\n',
  );
});

it('leaves a use that leads nowhere, so that it is complained of', () => {
  const text = 'use "./nowhere"\nrule r { never thing }\n';
  expect(selfContained(analysisOf({ '/rules.betrace': text }), '/rules.betrace')).toBe(text);
});

it('means the same by itself as among its files, for every file of the rules to copy from', () => {
  const folder = fileURLToPath(new URL('../../queries', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.betrace'),
  );
  const files = Object.fromEntries(
    names.map((name) => [`/${name}`, readFileSync(join(folder, name), 'utf8')]),
  );
  const analysis = analysisOf(files);
  const revisions = (rules: ReturnType<typeof loadWorkspace>['rules']) =>
    planRules(rules).rules.map(({ id, revision }) => `${id} ${revision}`);
  for (const path of Object.keys(files)) {
    const alone = loadWorkspace(new Map([[path, selfContained(analysis, path)!]]));
    expect(revisions(alone.rules), path).toEqual(
      revisions(analysis.workspace.rules.filter((rule) => rule.path === path)),
    );
  }
});
