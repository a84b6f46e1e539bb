import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFile } from '../../engine/language/parse/parse.js';
import { lex } from '../../engine/language/text/lexer.js';
import type { KnownAttribute, TraceCatalogue } from '../../lsp/catalogue/catalogue.js';
import { completionsAt } from '../../lsp/features/completion/complete.js';
import type { CompletionEntry } from '../../lsp/features/completion/entry.js';
import { withoutSnippetSyntax } from '../../lsp/features/completion/snippet-syntax.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { runs } from '../support/runs.js';

/** What a person sees of a list without scrolling far. */
const SEEN = 30;

const FILES = readdirSync('queries', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.betrace'))
  .map((name) => resolve('queries', name))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const attribute = (scope: KnownAttribute['scope'], key: string, type: 'string' | 'int' | 'bool') =>
  ({ scope, key, types: [type], count: 9, values: [{ text: type === 'int' ? '7' : 'true' }] }) as const;

const CATALOGUE: TraceCatalogue = {
  spans: 10,
  attributes: [
    attribute('span', 'tenant.id', 'string'),
    attribute('span', 'amount', 'int'),
    attribute('span', 'with a blank', 'bool'),
    attribute('resource', 'service.name', 'string'),
    attribute('event', 'level', 'string'),
  ],
  spanNames: [{ text: 'GET /orders' }, { text: 'say "yes"' }],
  services: [{ text: 'shop' }, { text: 'two words' }, { text: 'expect' }],
};

const analysis = new Analysis();
for (const { path, text } of FILES) analysis.setText(path, text);

/** Every place where a token starts or ends, by file. */
const PLACES = FILES.flatMap((file) => {
  const { tokens } = lex(file.text);
  return [...new Set(tokens.flatMap(({ start, end }) => [start, end]))].map((offset) => ({ file, offset }));
});

/** Errors other than that the text is not at its end. */
function refusals(text: string): readonly string[] {
  return parseFile(text)
    .diagnostics.filter(
      ({ code, message }) =>
        code.startsWith('BT1') &&
        !/the end of|compared with something|each clause compares series/u.test(message),
    )
    .map(({ code, message }) => `${code} ${message}`);
}

/** The text up to where the cursor would stand once an offer is accepted, and with more behind a `.` that asks for more. */
function accepted(text: string, { insert, label, snippet, replace }: CompletionEntry): string {
  const written = insert ?? label;
  const gap = written.indexOf('($1');
  const inserted =
    snippet === true ? withoutSnippetSyntax(gap === -1 ? written : written.slice(0, gap + 1)) : written;
  return `${text.slice(0, replace.start)}${inserted}${inserted.endsWith('.') ? 'name' : ''}`;
}

/** As an editor lists them. */
function inOrder(entries: readonly CompletionEntry[]): readonly CompletionEntry[] {
  return entries.toSorted((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1));
}

/** Which of the first offers at a place break the text before it, with what is then said. */
function misleading({ file: { path, text: whole }, offset }: (typeof PLACES)[number]): readonly string[] {
  const text = whole.slice(0, offset);
  const item = analysis.syntaxOf(path)?.file.items.findLast(({ range }) => range.start < offset);
  const start = item?.range.start ?? 0;
  const before = new Set(refusals(text.slice(start)));
  return inOrder(completionsAt(analysis, path, text, offset, CATALOGUE))
    .slice(0, SEEN)
    .flatMap((entry) => {
      const found = refusals(accepted(text, entry).slice(start)).filter((message) => !before.has(message));
      return found.length === 0 ? [] : [`${text.slice(-40)}¦ ${entry.label}: ${found.join('; ')}`];
    });
}

describe('completion offers only what parses', () => {
  it('wherever a token starts or ends in the rules of this repository', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PLACES), (place) => {
        expect(misleading(place)).toEqual([]);
      }),
      { numRuns: runs(40) },
    );
  });
});

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
