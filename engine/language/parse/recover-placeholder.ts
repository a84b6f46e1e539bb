import type { Terminal, TerminalRole } from '../grammar/grammar-builder.js';
import type { Token, TokenKind } from '../text/tokens.js';

const CLOSERS: ReadonlySet<string> = new Set(['}', ')', ']']);

const STAND_INS: { readonly [R in TerminalRole]: { readonly kind: TokenKind; readonly text: string } } = {
  keyword: { kind: 'keyword', text: '' },
  operator: { kind: 'op', text: '' },
  punctuation: { kind: 'op', text: '' },
  function: { kind: 'keyword', text: '' },
  'metrics function': { kind: 'name', text: '' },
  field: { kind: 'field', text: '.' },
  'bound field': { kind: 'bound', text: '.' },
  'pattern name': { kind: 'name', text: '' },
  'list name': { kind: 'name', text: '' },
  parameter: { kind: 'parameter', text: '' },
  'new name': { kind: 'name', text: '' },
  'rule id': { kind: 'name', text: '' },
  'setting name': { kind: 'name', text: '' },
  'setting value': { kind: 'name', text: '' },
  service: { kind: 'name', text: '' },
  'hint name': { kind: 'name', text: '' },
  literal: { kind: 'string', text: '""' },
  string: { kind: 'string', text: '""' },
  number: { kind: 'int', text: '0' },
  duration: { kind: 'duration', text: '0s' },
};

/** A token that stands for a missing terminal. Words and operators keep their text; what users choose is left empty. */
export function placeholder(terminal: Terminal, offset: number): Token {
  const { kind, text } = STAND_INS[terminal.role];
  const own = terminal.text ?? terminal.texts?.[0] ?? text;
  const ownKind = own === 'nil' ? 'constant' : kind;
  return { kind: ownKind, text: own, start: offset, end: offset, missing: true };
}

/** Which of several things is most likely missing: what the user chooses, then brackets, then words. */
export function likelihood(terminal: Terminal): number {
  const { role, text } = terminal;
  if (text !== undefined && CLOSERS.has(text)) return 1;
  if (text === 'nil' || role === 'function' || role === 'metrics function') return 9;
  if (role === 'field' || role === 'pattern name') return 0;
  // What is defined is more often a plain pattern than one with parameters.
  if (text === '=') return 4;
  if (role === 'punctuation') return 5;
  if (role === 'operator') return 7;
  if (role === 'keyword') return 6;
  if (role === 'parameter') return 10;
  return 2;
}

export function isCloser(terminal: Terminal): boolean {
  return terminal.text !== undefined && CLOSERS.has(terminal.text);
}
