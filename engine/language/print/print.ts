import { SERVICE } from '../grammar/grammar-terminals.js';
import { wordKind } from '../text/tokens.js';
import type {
  Clause,
  Expectation,
  File,
  FlowKey,
  Item,
  LetItem,
  ListItem,
  ListValue,
  Literal,
  Setting,
  SettingValue,
  TestEntry,
  TestSpan,
  TestTrace,
  WindowClause,
} from '../tree/ast.js';
import { quoteString } from '../tree/literals.js';
import { clauseName } from '../words/clause-name.js';
import { settingNamed } from '../words/settings.js';
import { printCondition } from './print-condition.js';
import { printLiteral, printPipeline, printValues } from './print-expression.js';
import { printField } from './print-field.js';
import { printMetricsTest } from './print-metrics.js';

/*
 * Canonical text: two trees that differ only in ranges, in redundant parentheses and in how literals and intrinsics
 * are spelled print alike, and the text reads back as the same tree. So it can be hashed, compared and shown.
 */

export { printCondition } from './print-condition.js';
export { printLiteral, printPipeline, printScalar, printSpansets } from './print-expression.js';
export { printField } from './print-field.js';

/** A whole file, without its comments. */
export function printFile({ items }: File): string {
  return items.map((item) => `${printItem(item)}\n`).join('\n');
}

export function printItem(item: Item): string {
  return itemLines(item).join('\n');
}

function itemLines(item: Item): Lines {
  switch (item.kind) {
    case 'use':
      return [`use ${printLiteral(item.path)}`];
    case 'let':
    case 'list':
      return [`${item.exported ? 'export ' : ''}${printLet(item)}`];
    case 'rule':
      return block(`rule ${item.id.text}`, [
        ...item.settings.map(printSetting),
        ...item.clauses.map(printClause),
      ]);
    case 'over rule':
      return block(`rule ${item.id.text}`, [
        ...item.settings.map(printSetting),
        ...item.clauses.map(printWindowClause),
      ]);
    case 'test': {
      const from = item.from === undefined ? '' : ` from ${printLiteral(item.from)}`;
      const start = item.at === undefined ? '' : ` at ${printLiteral(item.at)}`;
      const head = `test ${printLiteral(item.title)} of ${item.rule.text}${start}${from}`;
      const until = item.until === undefined ? [] : [`until ${printLiteral(item.until)}`];
      return block(head, [
        ...item.spans.flatMap(spanLines),
        ...item.traces.flatMap(traceLines),
        ...until,
        printExpectation(item.expect),
      ]);
    }
  }
}

/** `let name = …`, as it would be written without `export`. */
export function printLet(item: LetItem | ListItem): string {
  const parameters =
    item.kind === 'let' && item.parameters !== undefined
      ? `(${item.parameters.map(({ text }) => text).join(', ')})`
      : '';
  return `let ${item.name.text}${parameters} = ${printLetValue(item)}`;
}

/** What follows its `=`. */
export function printLetValue(item: LetItem | ListItem): string {
  if (item.kind === 'let') return printPipeline(item.value);
  const { values } = item;
  return 'kind' in values ? `list from ${printLiteral(values.path)}` : printValues(values);
}

/** Lines of layout: a quoted name in one may hold a line break, which is not to be indented. */
type Lines = readonly string[];

function block(head: string, lines: Lines): Lines {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), '}'];
}

export function printClause({ kind, condition }: Clause): string {
  return `${kind} ${printCondition(condition)}`;
}

export function printWindowClause({ kind, test }: WindowClause): string {
  return `${kind} ${printMetricsTest(test)}`;
}

export function printSetting({ name, value, every }: Setting): string {
  const text = every === undefined ? printValue(value) : `${printValue(value)} every ${printLiteral(every)}`;
  return (settingNamed(name.text)?.isAssigned ?? true) ? `${name.text} = ${text}` : `${name.text} ${text}`;
}

function printValue(value: SettingValue | Literal | ListValue): string {
  switch (value.kind) {
    case 'word':
      return value.text;
    case 'list':
      return `[${value.items.map(printLiteral).join(', ')}]`;
    case 'flow key':
      return printFlowKey(value);
    default:
      return printLiteral(value);
  }
}

/** As it follows `across`. */
export function printFlowKey({ fields, within }: FlowKey): string {
  const [only, ...others] = fields.map(printField);
  const key = only === undefined ? 'links' : others.length === 0 ? only : `(${[only, ...others].join(', ')})`;
  return within === undefined ? key : `${key} within ${printLiteral(within)}`;
}

function traceLines({ name, start, spans }: TestTrace): Lines {
  const from = start === undefined ? '' : ` ${printLiteral(start)}`;
  return block(`trace ${printLiteral(name)}${from}`, spans.flatMap(spanLines));
}

function spanLines({ service, name, start, end, entries }: TestSpan): Lines {
  const head = `${serviceText(service.text)} ${printLiteral(name)} ${printLiteral(start)}..${printLiteral(end)}`;
  return blockOfEntries(head, entries);
}

/** A word where the lexer makes one token of it that can stand for a service, a string otherwise. */
function serviceText(text: string): string {
  const isWord = /^[A-Za-z_][A-Za-z0-9_-]*$/u.test(text);
  return isWord && SERVICE.test({ kind: wordKind(text), text, start: 0, end: 0 }) ? text : quoteString(text);
}

function entryLines(entry: TestEntry): Lines {
  switch (entry.kind) {
    case 'span':
      return spanLines(entry);
    case 'attribute':
      return [`${printField(entry.field)} = ${printValue(entry.value)}`];
    case 'event': {
      const offset = entry.at === undefined ? '' : ` ${printLiteral(entry.at)}`;
      return blockOfEntries(`event ${printLiteral(entry.name)}${offset}`, entry.attributes);
    }
    case 'link':
      return blockOfEntries(
        `link ${[entry.traceId, ...(entry.spanId === undefined ? [] : [entry.spanId])].map(printLiteral).join(' ')}`,
        entry.attributes,
      );
  }
}

function blockOfEntries(head: string, entries: readonly TestEntry[]): Lines {
  return entries.length === 0 ? [head] : block(head, entries.flatMap(entryLines));
}

function printExpectation({ verdict, clause, count }: Expectation): string {
  const ofClause = clause === undefined ? '' : ` of ${clauseName(clause)}`;
  return `expect ${count === undefined ? verdict : `violations ${count}`}${ofClause}`;
}
