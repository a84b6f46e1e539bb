import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completionsAt } from '../../lsp/features/completion/complete.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { CATALOGUE, inOrder, ruleFiles, SEEN } from './offered.js';

const analysis = new Analysis();
for (const { path, text } of ruleFiles('queries')) analysis.setText(path, text);

/** The first labels at the `¦` of a text. */
function first(marked: string, count: number): readonly string[] {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  const path = resolve('queries/shop/new.betrace');
  analysis.setText(path, text);
  const entries = completionsAt(analysis, path, text, offset, CATALOGUE);
  analysis.remove(path);
  return inOrder(entries)
    .slice(0, count)
    .map(({ label }) => label);
}

const BOUND = 'rule r {\n  when { } as c\n  ';

describe('completion offers first', () => {
  it.each([
    ['rule r { when { ¦', ['name', 'resource.service.name', 'status', 'kind', 'duration', 'span.tenant.id']],
    ['rule r { when { span.amount ¦', ['>', '>=', '<', '<=', '=', '!=']],
    ['rule r { when { span.tenant.id ¦', ['=', '!=', 'in', '=~', 'contains', 'starts with', 'not in']],
    ['rule r { when { status ¦', ['=', '!=', 'in']],
    ['rule r { when { span.amount > 1000 ¦', ['&&', '||']],
    ['rule r { when { } as c\n  ¦', ['always', 'never']],
    ['rule r { when { name = "a" } ¦', ['where', 'as', 'and', 'or', 'then']],
    ['rule r { when ¦', ['{ }']],
    ['rule r { always count({ name = "a" }) ¦', ['>', '>=']],
    [`${BOUND}always ¦`, ['c', 'c.', '{ }']],
    [`${BOUND}always { span.tenant.id != c.¦`, ['"true"', 'c.span.tenant.id']],
    ['rule r { when { service.¦', ['resource.service.name']],
    ['rule r { always sum({ }, ¦', ['duration', 'span.amount']],
    ['¦', ['rule', 'let', 'test', 'use', 'export']],
    ['test "t" of r { expect ¦', ['violation', 'pass', 'not applicable']],
    ['rule r { when { } | ¦', ['avg', 'by', 'coalesce', 'count', 'max', 'min', 'select', 'sum']],
    ['rule r { severity = high\n  on ¦', ['partial']],
    ['let any(x) = { name = x }\nrule r { always any(¦', ['name', 'resource.service.name', 'status']],
    ['rule r { severity = ¦', ['critical', 'high', 'medium', 'low', 'info']],
  ])('%s', (marked, labels) => expect(first(marked, labels.length)).toEqual(labels));

  it('nothing that the place refuses for its meaning', () => {
    expect(first('rule ¦', SEEN)).toEqual([]);
    expect(first('let mine = ¦', 1000)).not.toContain('mine');
    expect(first(`${BOUND}always { } ¦`, 1000)).not.toContain('as');
    expect(first('rule r {\n  when { ¦ } as c always c }', 1000)).not.toContain('c.');
    expect(first('rule r { always { span.amount ¦', 1000)).not.toContain('starts before');
  });

  it('patterns that other files export, with the `use` that brings them', () => {
    const text = '// of the shop\nuse "./orders"\n\nrule r { when ch }';
    const path = resolve('queries/shop/new.betrace');
    analysis.setText(path, text);
    const [charge] = completionsAt(analysis, path, text, text.length - 2, CATALOGUE).filter(
      ({ label, also }) => label === 'charge' && also !== undefined,
    );
    analysis.remove(path);
    expect(charge?.also).toEqual([{ range: { start: 29, end: 29 }, newText: '\nuse "./names"' }]);
  });
});
