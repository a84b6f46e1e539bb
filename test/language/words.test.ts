import { describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { lex } from '../../engine/language/text/lexer.js';
import type { Relation, RelationTest } from '../../engine/language/tree/ast.js';
import { keywordsFor, RELATIONS } from '../../engine/language/words/words.js';

const relations = Object.keys(RELATIONS) as readonly Relation[];
const words = [...keywordsFor('relation', 'sequence')];

/** `A relation B`, with what each relation is between. */
function related(relation: Relation, rest = ''): string {
  const to = relation === 'between' ? '{ name = "b" } and { name = "c" }' : '{ name = "b" }';
  return `{ name = "a" } ${relation} ${to}${rest}`;
}

function codesOf(text: string): readonly string[] {
  const { diagnostics } = loadWorkspace(new Map([['/r.betrace', text]])).files.get('/r.betrace')!;
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
}

function messagesOf(text: string): readonly string[] {
  const { diagnostics } = loadWorkspace(new Map([['/r.betrace', text]])).files.get('/r.betrace')!;
  return diagnostics.map(({ message }) => message);
}

describe('the words of the language', () => {
  it.each(relations)('the grammar reads the relation %s', (relation) => {
    const file = loadWorkspace(new Map([['/r.betrace', `rule r { always ${related(relation)} }`]]));
    expect(file.files.get('/r.betrace')!.diagnostics).toEqual([]);
    const [rule] = file.files.get('/r.betrace')!.file.items;
    const condition = rule?.kind === 'rule' ? rule.clauses[0]!.condition : undefined;
    expect((condition as RelationTest).relation).toBe(relation);
  });

  it.each(relations)('limits the gap of %s if it has one, and else says that there is none', (relation) => {
    const codes = codesOf(`rule r { always ${related(relation, ' within 5s')} }`);
    expect(codes).toEqual(RELATIONS[relation].compares === 'edges' ? [] : ['BT2313']);
  });

  it.each(relations)('%s ends the expression of a where', (relation) => {
    // Where the expression continues, `ok-x` would be cut into a subtraction.
    const { tokens } = lex(`rule r { always A where name = "a" ${relation} ok-x }`);
    expect(tokens.map(({ text }) => text)).toContain('ok-x');
  });

  it.each(words)('a clause continues behind %s, whatever the next line looks like', (word) => {
    const rule = `rule r { always { name = "a" } ${word}\n  severity = high\n  never { name = "b" } }`;
    expect(messagesOf(rule).join('\n')).not.toContain('settings of a rule stand before');
    expect(codesOf(rule)).not.toContain('BT1020');
  });

  it.each(words)('says what is wrong with %s behind a test in parentheses', (word) => {
    const [message] = messagesOf(`rule r { always (count({ name = "a" }) > 1) ${word} { name = "b" } }`);
    expect(message).toContain('in parentheses');
  });

  it.each([...words, ...keywordsFor('bound')])('says that a rule over many traces has no %s', (word) => {
    expect(codesOf(`rule r { over 5m always { name = "a" } ${word} { name = "b" } }`)).toEqual(['BT1025']);
  });
});
