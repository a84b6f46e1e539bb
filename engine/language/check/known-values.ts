import { printField } from '../print/print-field.js';
import { type Fix, replaceFix } from '../problems/diagnostic.js';
import type { Report } from '../problems/report.js';
import { editDistance } from '../problems/spelling.js';
import { escaped, partRegex, wholeRegex } from '../text/regex-text.js';
import type { Field, FieldExpression, Range, StringLiteral } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import { quoteString } from '../tree/literals.js';

/** Warns of values that no stored span has, where all that there are is known and one of them is most likely meant. */
export function checkValues(expression: FieldExpression, catalogue: FieldCatalogue, report: Report): void {
  const open: FieldExpression[] = [expression];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'unary') open.push(next.operand);
    if (next.kind === 'in' && next.operand.kind === 'field') {
      const { field } = next.operand;
      const known = valuesOf(field, catalogue);
      for (const item of next.items)
        if (known !== undefined && item.kind === 'string') checkValue(field, item, known, report);
    }
    if (next.kind !== 'binary') continue;
    open.push(next.right, next.left);
    const { left, operator, right } = next;
    if (left.kind !== 'field' || right.kind !== 'literal' || right.literal.kind !== 'string') continue;
    const known = valuesOf(left.field, catalogue);
    if (known === undefined) continue;
    if (operator === '=' || operator === '!=')
      checkValue(left.field, right.literal, known, report, operator === '=' ? next.range : undefined);
    if (operator === '=~' || operator === '!~') checkExpression(left.field, right.literal, known, report);
  }
}

/** All values of a field; undefined where there may be others. */
function valuesOf(field: Field, { attributes, spanNames }: FieldCatalogue): readonly string[] | undefined {
  if (field.kind === 'intrinsic') return field.name === 'span:name' ? spanNames : undefined;
  const scopes = field.scope === 'any' ? (['span', 'resource'] as const) : [field.scope];
  const [known, ...others] = scopes.flatMap((scope) => attributes.get(scope)?.get(field.key) ?? []);
  return others.length > 0 ? undefined : known?.values;
}

/** `whole`: the comparison, where it may be another one that is meant. */
function checkValue(
  field: Field,
  literal: StringLiteral,
  known: readonly string[],
  report: Report,
  whole?: Range,
): void {
  if (literal.value === '' || known.includes(literal.value)) return;
  const name = printField(field);
  const near = nearest(literal.value, known);
  if (near !== undefined) {
    const text = quoteString(near);
    const message = `No stored span has ${quoteString(literal.value)} as \`${name}\`; did you mean ${text}?`;
    report('BT2503', literal.range, message, {
      fixes: [replaceFix(`Change to ${text}`, literal.range, text)],
    });
    return;
  }
  const meant = whole === undefined ? undefined : wildcards(name, literal.value, known);
  if (whole === undefined || meant === undefined) return;
  const message = `\`=\` compares the whole text, in which \`*\` is a character, and no stored span has it; write \`${meant}\`.`;
  report('BT2503', literal.range, message, { fixes: [replaceFix(`Write ${meant}`, whole, meant)] });
}

/** The value that differs in case, or in a slip or two that are no digits: `u-12` is no misspelt `u-11`. */
function nearest(value: string, known: readonly string[]): string | undefined {
  const lower = value.toLowerCase();
  const sameLetters = known.find((other) => other.toLowerCase() === lower);
  if (sameLetters !== undefined) return sameLetters;
  const slips = value.length < 5 ? 1 : 2;
  const letters = withoutDigits(lower);
  const near = known.filter(
    (other) =>
      other.length > 3 &&
      withoutDigits(other.toLowerCase()) !== letters &&
      editDistance(lower, other.toLowerCase(), slips) <= slips,
  );
  return near.length === 1 ? near[0] : undefined;
}

function withoutDigits(text: string): string {
  return text.replace(/\d+/gu, '');
}

/** `payment.*` as `starts with "payment."`, if that finds something. */
function wildcards(name: string, value: string, known: readonly string[]): string | undefined {
  const [, before = '', inner = '', behind = ''] = /^(\*?)([^*]+)(\*?)$/u.exec(value) ?? [];
  if (inner === '' || before + behind === '') return undefined;
  const text = quoteString(inner);
  if (behind !== '' && before !== '')
    return known.some((stored) => stored.includes(inner)) ? `${name} contains ${text}` : undefined;
  if (behind !== '')
    return known.some((stored) => stored.startsWith(inner)) ? `${name} starts with ${text}` : undefined;
  return known.some((stored) => stored.endsWith(inner))
    ? `${name} =~ ${quoteString(`.*${escaped(inner)}`)}`
    : undefined;
}

/** Warns of an expression that matches a part of values and the whole of none. */
function checkExpression(
  field: Field,
  literal: StringLiteral,
  known: readonly string[],
  report: Report,
): void {
  const [whole, part] = [wholeRegex(literal.value), partRegex(literal.value)];
  if (whole === undefined || part === undefined) return;
  const texts = known.filter(({ length }) => length <= LONGEST);
  const found = texts.find((text) => part.test(text));
  if (texts.length < known.length || found === undefined || texts.some((text) => whole.test(text))) return;
  const { value } = literal;
  const starts = value.startsWith('^');
  const ends = /(?<!\\)\$$/u.test(value);
  const inner = value.slice(starts ? 1 : 0, ends ? -1 : undefined);
  const alternatives = inner.includes('|') ? `(?:${inner})` : inner;
  const meant = quoteString(`${starts ? '' : '.*'}${alternatives}${ends ? '' : '.*'}`);
  const fixes: readonly Fix[] = [replaceFix(`Change to ${meant}`, literal.range, meant)];
  const message = `A regular expression matches the whole value, and this one none that is stored as \`${printField(field)}\`; to find ${quoteString(found)} write ${meant}.`;
  report('BT2505', literal.range, message, { fixes });
}

const LONGEST = 200;
