import { printField } from '../../print/print-field.js';
import { removeFix, replaceFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import type { Field, Intrinsic, ListValue, Literal, StringLiteral, TestAttribute } from '../../tree/ast.js';
import { areComparable, describeType } from '../../tree/types.js';
import { literalFix } from '../types/literal-fix.js';
import { fieldOperand, literalOperand } from '../types/operand.js';

type Owner = 'span' | 'event' | 'link';

const SETTABLE: ReadonlySet<Intrinsic> = new Set<Intrinsic>([
  'span:kind',
  'span:status',
  'span:statusMessage',
  'span:id',
  'span:parentID',
  'instrumentation:name',
  'instrumentation:version',
]);
const SPAN_SCOPES: ReadonlySet<string> = new Set(['span', 'resource', 'instrumentation']);

/** Why some intrinsics cannot be set: they follow from what the text says already. */
const FOLLOWS: Partial<Record<Intrinsic, string>> = {
  'span:name': 'the name of a span comes before its times',
  'span:duration': 'the duration follows from the two times',
  'span:start': 'the start comes after the name of the span',
  'span:end': 'the end comes after the name of the span',
  'event:name': 'the name of an event comes after the word `event`',
  'event:timeSinceStart': 'the time of an event comes after its name',
  'link:traceID': 'the ids of a link stand behind the word `link`',
  'link:spanID': 'the ids of a link stand behind the word `link`',
};

/** Checks the fields that a span, an event or a link of a test is given. */
export function checkAttributes(attributes: readonly TestAttribute[], owner: Owner, report: Report): void {
  const first = new Map<string, TestAttribute>();
  for (const attribute of attributes) {
    if (attribute.field.kind === 'attribute' && attribute.field.key === '') continue;
    if (!checkSettable(attribute.field, owner, report)) continue;
    const key = printField(attribute.field);
    const earlier = first.get(key);
    if (earlier) {
      report('BT2410', attribute.range, `\`${key}\` is set already.`, {
        fixes: [removeFix('Remove this one', attribute.range)],
        related: [{ message: 'It is first set here', range: earlier.range }],
      });
    } else {
      first.set(key, attribute);
    }
    checkValue(attribute, report);
  }
}

function checkSettable(field: Field, owner: Owner, report: Report): boolean {
  const own = field.hop === 'self' && field.bound === undefined;
  if (own && field.kind === 'intrinsic' && owner === 'span' && SETTABLE.has(field.name)) return true;
  if (own && field.kind === 'attribute') {
    if (owner === 'span' ? SPAN_SCOPES.has(field.scope) : field.scope === owner) return true;
  }
  const key = field.kind === 'attribute' ? field.key : undefined;
  const scoped =
    key === undefined
      ? undefined
      : printField({ kind: 'attribute', hop: 'self', scope: owner, key, range: field.range });
  const why =
    field.kind === 'intrinsic' && own && FOLLOWS[field.name] !== undefined
      ? FOLLOWS[field.name]
      : owner === 'span'
        ? 'a span takes `span.`, `resource.` and `instrumentation.` attributes, `kind`, `status`, `statusMessage`, `span:id`, `span:parentID`, `instrumentation:name` and `instrumentation:version`'
        : `\`${owner}\` takes \`${owner}.\` attributes`;
  report(
    'BT2404',
    field.range,
    `A test cannot set \`${printField(field)}\` here: ${why}.`,
    scoped === undefined ? {} : { fixes: [replaceFix(`Change to ${scoped}`, field.range, scoped)] },
  );
  return false;
}

function checkValue({ field, value }: TestAttribute, report: Report): void {
  if (field.kind === 'attribute') {
    checkAttributeValue(value, report);
    return;
  }
  const wanted = fieldOperand(field);
  if (value.kind === 'list' || !areComparable(wanted.type, value.kind) || value.kind === 'nil') {
    const fix = value.kind === 'list' ? undefined : literalFix(literalOperand(value), wanted.type);
    const hint = fix ? `; write \`${fix.edits[0]?.newText}\`` : '';
    report(
      'BT2408',
      value.range,
      `\`${printField(field)}\` takes ${describeType(wanted.type)}${hint}.`,
      fix ? { fixes: [fix] } : {},
    );
    return;
  }
  if (value.kind !== 'string') return;
  if (field.name === 'span:id' || (field.name === 'span:parentID' && value.value !== '')) {
    checkId(value, 16, report);
  }
}

/** Checks an id in hex; leading zeros may be left out. */
export function checkId(literal: StringLiteral, digits: 16 | 32, report: Report): void {
  if (/^[0-9a-fA-F]+$/u.test(literal.value) && literal.value.length <= digits) return;
  const what = digits === 16 ? 'A span id' : 'A trace id';
  report('BT2405', literal.range, `${what} has 1 to ${digits} hexadecimal digits.`);
}

function checkAttributeValue(value: Literal | ListValue, report: Report): void {
  const items = value.kind === 'list' ? value.items : [value];
  const [first] = items;
  for (const item of items) {
    if (item.kind === 'nil') {
      report('BT2408', item.range, 'An attribute without a value is one that is not there; leave it out.');
    } else if (item.kind === 'status' || item.kind === 'kind') {
      const text = JSON.stringify(item.value);
      report(
        'BT2408',
        item.range,
        `An attribute never holds ${describeType(item.kind)}; write \`${text}\`.`,
        {
          fixes: [replaceFix(`Change to ${text}`, item.range, text)],
        },
      );
    } else if (first && !areComparable(first.kind, item.kind)) {
      report(
        'BT2408',
        item.range,
        `The values of a list have one type; this list begins with ${describeType(first.kind)}.`,
      );
    }
  }
}
