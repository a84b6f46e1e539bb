/** Lists: `let eu = ("DE", "FR")`, and those whose values are in a file, which whoever loads the rules reads. */

import type { ListFile, ListItem, Literal, Range } from '../tree/ast.js';
import { numberValue, stringValue } from '../tree/literals.js';

/** What is in the file of a list, or why it cannot be had. */
export type ListText = { readonly kind: 'text'; readonly text: string } | { readonly kind: NoListText };

export type NoListText =
  /** There is no such file, or nobody may read it. */
  | 'missing'
  /** Of more than `MOST_LIST_BYTES`. */
  | 'large'
  /** Not UTF-8. */
  | 'binary'
  /** Rules of this origin read no files. */
  | 'closed'
  /** It is still being read. */
  | 'waiting';

/** Reads the file that `list from "path"` in the file `from` means. It is asked again with every check, so it must not wait. */
export type ReadList = (from: string, path: string) => ListText;

/** For rules that come from where no files are. */
export const NO_LIST_FILES: ReadList = () => ({ kind: 'closed' });

export const MOST_LIST_BYTES = 1024 * 1024;
export const MOST_LIST_VALUES = 10_000;

export type ListValues =
  | { readonly kind: 'values'; readonly values: readonly Literal[] }
  | { readonly kind: 'unread'; readonly why: NoListText | 'long' };

/** What bytes of a file say. */
export function listText(bytes: Uint8Array): ListText {
  if (bytes.byteLength > MOST_LIST_BYTES) return { kind: 'large' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? { kind: 'binary' } : { kind: 'text', text };
  } catch {
    return { kind: 'binary' };
  }
}

interface Known {
  readonly of: ListText;
  readonly values: ListValues;
}
const known = new WeakMap<ListItem, Known>();

/** The values of a list; the same object as long as neither the item nor the file changes. */
export function valuesOfList(path: string, item: ListItem, read: ReadList): ListValues {
  const { values } = item;
  const listText: ListText = 'kind' in values ? read(path, values.path.value) : INLINE;
  const before = known.get(item);
  if (before !== undefined && isSame(before.of, listText)) return before.values;
  const found: ListValues =
    'kind' in values
      ? listText.kind === 'text'
        ? valuesIn(listText.text, values)
        : { kind: 'unread', why: listText.kind }
      : { kind: 'values', values };
  known.set(item, { of: listText, values: found });
  return found;
}

const INLINE: ListText = { kind: 'text', text: '' };

function isSame(a: ListText, b: ListText): boolean {
  return a.kind === 'text' && b.kind === 'text' ? a.text === b.text : a.kind === b.kind;
}

/**
 * A value a line, without the blanks around it; empty lines are none. What is in double quotes is read as the language reads it. Where
 * every other line is a number, they are numbers; else texts.
 */
function valuesIn(text: string, { range }: ListFile): ListValues {
  const lines = text
    .replace(/^\ufeff/u, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length > MOST_LIST_VALUES) return { kind: 'unread', why: 'long' };
  const plain = lines.filter((line) => !isQuoted(line));
  const areNumbers = plain.every((line) => isNumber(line));
  return {
    kind: 'values',
    values: lines.map((line) =>
      isQuoted(line)
        ? { kind: 'string', value: stringValue(line).value, raw: line, range }
        : areNumbers
          ? numberOf(line, range)
          : { kind: 'string', value: line, raw: line, range },
    ),
  };
}

function isQuoted(line: string): boolean {
  return /^"(?:\\.|[^"\\])*"$/u.test(line);
}

function isNumber(line: string): boolean {
  const kind = numberValue(line.replace(/^-/u, ''))?.kind;
  return kind === 'int' || kind === 'float';
}

function numberOf(line: string, range: Range): Literal {
  const number = numberValue(line.replace(/^-/u, ''));
  const sign = line.startsWith('-');
  if (number?.kind === 'int')
    return { kind: 'int', value: sign ? -number.value : number.value, raw: line, range };
  const value = Number(number?.value ?? 0);
  return { kind: 'float', value: sign ? -value : value, raw: line, range };
}
