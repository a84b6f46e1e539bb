import { formatText } from '../language/format/format.js';
import { printItem } from '../language/print/print.js';
import { printField } from '../language/print/print-field.js';
import type { CaseRuleItem, Clause, Setting, SettingValue } from '../language/tree/ast.js';
import { SEVERITIES } from '../language/words/settings.js';
import { asNumber, invertedClause, sharedIds, violates } from './example.js';
import { exampleTest } from './example-test.js';
import { boolLiteral, spanAttribute, stringLiteral } from './nodes.js';
import { NOTES, Notes } from './notes.js';
import type { OldCondition, OldRule } from './old-ast.js';
import { comparesWithNumber } from './old-numbers.js';
import { parseOldRule } from './old-parser.js';
import { translateCondition } from './translate.js';
import { type OldRuleText, readOldFile } from './yaml-rules.js';

export interface ImportedFile {
  /** The text of a `.betrace` file, laid out as `betrace fmt` does. */
  readonly text: string;
  readonly rules: number;
  /** Rules with a note: the old text could not have meant what it says, or most likely meant something else. */
  readonly noted: number;
  /** What could not be read, in words for a person; a rule among it is in the text as a comment. */
  readonly problems: readonly string[];
}

const range = { start: 0, end: 0 };

/** Turns a file of the older BeTrace's rules into one of this language. Never throws. */
export function importRules(text: string): ImportedFile {
  const old = readOldFile(text);
  const problems: string[] = [...old.problems];
  const ids = new Set<string>();
  const parts: string[] = [];
  let rules = 0;
  let noted = 0;
  for (const rule of old.rules) {
    const id = freeId(rule.id, ids);
    const parsed = parseOldRule(rule.condition);
    if ('problem' in parsed) {
      problems.push(`rule ${rule.id}: ${parsed.problem}`);
      parts.push(
        comment([`The rule ${id} could not be read: ${parsed.problem}.`, ...rule.condition.split('\n')]),
      );
      continue;
    }
    const notes = new Notes();
    const item = translateRule(id, rule, parsed.rule, notes);
    const test =
      rule.example === undefined
        ? undefined
        : exampleTest(id, rule.example, (key) => comparesWithNumber(parsed.rule, key));
    rules++;
    if (notes.lines.length > 0) noted++;
    const pieces = [comment(notes.lines), ruleText(item), test === undefined ? '' : `\n${printItem(test)}`];
    parts.push(pieces.filter((piece) => piece !== '').join('\n'));
  }
  return { text: formatText(`${parts.join('\n\n')}\n`).text, rules, noted, problems };
}

/** With an empty line between settings and clauses, which the formatter keeps. */
function ruleText(rule: CaseRuleItem): string {
  const lines = printItem(rule).split('\n');
  if (rule.settings.length > 0) lines.splice(1 + rule.settings.length, 0, '');
  return lines.join('\n');
}

function translateRule(id: string, text: OldRuleText, rule: OldRule, notes: Notes): CaseRuleItem {
  const clauses: Clause[] = [];
  const clause = (kind: Clause['kind'], condition: OldCondition): void => {
    clauses.push({ kind, condition: translateCondition(condition, notes), range });
  };
  const onlyWhen = rule.always === undefined && rule.never === undefined;
  clause(onlyWhen ? 'never' : 'when', rule.when);
  if (rule.always !== undefined) clause('always', rule.always);
  if (rule.never !== undefined) clause('never', rule.never);
  if (onlyWhen) notes.add(NOTES.onlyWhen);
  else noteExample(text, rule, notes);
  const alert = rule.always?.kind === 'span' ? rule.always.name : '';
  if (/(?:^|[._])(?:alert|signal|violation)$/u.test(alert)) notes.add(NOTES.alertSpan(alert));
  if (text.severity !== undefined && severityOf(text) === undefined)
    notes.add(NOTES.unknownSeverity(text.severity));
  return { kind: 'rule', id: { text: id, range }, settings: settingsOf(text, onlyWhen), clauses, range };
}

function noteExample({ example }: OldRuleText, rule: OldRule, notes: Notes): void {
  for (const { attributes } of example?.spans ?? [])
    for (const [key, value] of attributes)
      if (typeof value === 'string' && asNumber(value) !== undefined && comparesWithNumber(rule, key))
        notes.add(NOTES.numberInText(key));
  for (const key of sharedIds(example?.spans ?? []))
    notes.add(NOTES.sharedKey(printField(spanAttribute(key))));
  if (example === undefined || violates(rule, example.spans)) return;
  const inverted = invertedClause(rule, example.spans);
  if (inverted === undefined) notes.add(NOTES.exampleHolds);
  else notes.add(NOTES.inverted(inverted, inverted === 'always' ? 'never' : 'always'));
}

function severityOf({ severity }: OldRuleText): (typeof SEVERITIES)[number] | undefined {
  return SEVERITIES.find((word) => word === severity?.toLowerCase());
}

function settingsOf(rule: OldRuleText, off: boolean): readonly Setting[] {
  const settings: Setting[] = [];
  const set = (name: string, value: SettingValue): void => {
    settings.push({ kind: 'setting', name: { text: name, range }, value, range });
  };
  const list = (items: readonly string[]): SettingValue => ({
    kind: 'list',
    items: items.map(stringLiteral),
    range,
  });
  const severity = severityOf(rule);
  if (severity !== undefined) set('severity', { kind: 'word', text: severity, range });
  if (rule.name !== undefined) set('summary', stringLiteral(rule.name));
  if (rule.description !== undefined) set('description', stringLiteral(rule.description));
  if (rule.tags.length > 0) set('tags', list(rule.tags));
  if (rule.frameworks.length > 0) set('evidence', list(rule.frameworks));
  if (off || !rule.enabled) set('enabled', boolLiteral(false));
  return settings;
}

/** Letters, digits, `-`, `_` and `.`, and not used yet. */
function freeId(wanted: string, used: Set<string>): string {
  const base = wanted
    .trim()
    .replace(/[^A-Za-z0-9_.-]+/gu, '-')
    .replace(/^(?![A-Za-z_])/u, 'r')
    .replace(/[.-]+$/u, '');
  let id = base;
  for (let n = 2; used.has(id); n++) id = `${base}-${n}`;
  used.add(id);
  return id;
}

const WIDTH = 100;

/** Lines of `// …`, broken where they are long. */
function comment(lines: readonly string[]): string {
  return lines
    .flatMap((line) => {
      const wrapped: string[] = ['//'];
      for (const word of line.trim().split(/\s+/u)) {
        const last = wrapped.at(-1) as string;
        if (last !== '//' && last.length + word.length >= WIDTH) wrapped.push(`// ${word}`);
        else wrapped[wrapped.length - 1] = `${last} ${word}`;
      }
      return wrapped;
    })
    .join('\n');
}
