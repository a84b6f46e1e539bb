import { MEANING_CODES } from '../../problems/meaning-codes.js';
import type { Report } from '../../problems/report.js';
import { bindingsOf, usePathTo } from '../../scope/scope.js';
import type { CaseRuleItem, Clause, RuleItem } from '../../tree/ast.js';
import { patternsOf } from '../../tree/walk.js';
import { decodeSettings } from '../../words/settings.js';
import { type ItemContext, rangeIn } from '../context.js';
import { checkConditionFields } from '../known-fields.js';
import { type LetTable, MAX_NODES, MAX_PATTERNS } from '../names/let-facts.js';
import { checkRuleNames } from '../names/names.js';
import { checkClauses } from '../truth/clauses.js';
import { checkCovering } from '../truth/covering.js';
import { checkNarrowing } from '../truth/narrowing.js';
import { checkNilGroups } from '../truth/nil-groups.js';
import { checkFilter } from '../types/expressions.js';
import { checkPipeline } from '../types/pipelines.js';
import { checkScalars } from '../types/scalars.js';
import { checkAcross } from './check-across.js';
import { checkKeysAcross } from './keys-across.js';
import { checkExpressionPrecedence, checkPrecedence } from './precedence.js';
import { checkRelations } from './relations.js';

/** Checks one rule: settings, shape, names, types, and whether its clauses say something. */
export function checkRule(rule: CaseRuleItem, context: ItemContext): void {
  const { broken, report } = context;
  const settings = rule.settings.filter(({ range }) => !broken(range));
  decodeSettings({ ...rule, settings }, report);
  checkAcross(rule, settings, report);
  checkId(rule, context);
  checkShape(rule, context);
  checkRuleNames(rule, context);
  checkSize(rule, context);
  checkMeaning(
    rule,
    rule.clauses.filter(({ range }) => !broken(range)),
    context,
  );
}

/** Checks the clauses that could be read: types first, and what they say only where those are right. */
function checkMeaning(rule: CaseRuleItem, clauses: readonly Clause[], context: ItemContext): void {
  const bound = new Set(bindingsOf(rule));
  const typed = clauses.filter((clause) => {
    let sound = true;
    const report: Report = (code, ...rest) => {
      if (MEANING_CODES[code].severity === 'error') sound = false;
      context.report(code, ...rest);
    };
    for (const { pattern } of patternsOf(clause.condition)) {
      checkPipeline(pattern.pipeline, report);
      checkPrecedence(pattern.pipeline, report);
      checkNarrowing(pattern, bound, report);
      if (!pattern.where) continue;
      checkFilter(pattern.where, report);
      checkExpressionPrecedence(pattern.where, report);
    }
    checkScalars(clause.condition, report);
    checkRelations(clause.condition, bound, report);
    checkConditionFields(clause.condition, context);
    checkNilGroups(clause.condition, bound, context);
    return sound;
  });
  checkClauses(rule, typed, context.report);
  checkCovering(rule, typed, context);
  checkKeysAcross(rule, typed, context);
}

/** So long a rule's id may be: it is a label of metrics, part of addresses, and in every violation. */
const MAX_ID = 200;

/** Reports an id that is too long, and a second rule of one id. */
export function checkId(rule: RuleItem, context: ItemContext): void {
  const { length } = rule.id.text;
  if (length > MAX_ID)
    context.report(
      'BT2020',
      rule.id.range,
      `The id has ${length} characters; the most is ${MAX_ID}. What it is about can be said in \`summary\`.`,
    );
  const [first] = context.world.rulesOf(rule.id.text);
  if (!first || first.item === rule || rule.id.text === '') return;
  const elsewhere = first.path === context.path ? '' : ` in ${usePathTo(context.path, first.path)}`;
  context.report('BT2012', rule.id.range, `There is a rule \`${rule.id.text}\` already${elsewhere}.`, {
    related: [
      {
        message: `\`${rule.id.text}\` is first defined here`,
        ...(first.path === context.path ? {} : { path: first.path }),
        range: rangeIn(first, first.item.id.range),
      },
    ],
  });
}

/** Reports a rule that checks nothing, or says twice when it applies. */
export function checkShape(rule: RuleItem, { report, broken }: ItemContext): void {
  if (!rule.clauses.some((clause) => clause.kind !== 'when') && !broken(rule.range)) {
    report(
      'BT2301',
      rule.id.range,
      `\`${rule.id.text}\` has no \`always\` and no \`never\`, so it checks nothing.`,
    );
  }
  const [first, ...more] = rule.clauses.flatMap(({ kind, range }) => (kind === 'when' ? [{ range }] : []));
  for (const clause of more) {
    report(
      'BT2302',
      { start: clause.range.start, end: clause.range.start + 4 },
      'A rule has one `when`; join the conditions with `and`.',
      {
        related: [{ message: 'The first `when` is here', range: first!.range }],
      },
    );
  }
}

function checkSize(rule: CaseRuleItem, context: ItemContext): void {
  const { path, world, report } = context;
  const { text, range } = rule.id;
  const size = world.derived('size', ({ lets }) => sizeOf(rule, path, lets));
  if (size === undefined) return;
  const message =
    size === 'large'
      ? `\`${text}\` is too large once its patterns are filled in.`
      : `\`${text}\` has ${size} patterns; a rule has at most ${MAX_PATTERNS}.`;
  report('BT2019', range, message);
}

/** The number of patterns where these are too many. A pattern whose lets are too large is reported where they are. */
function sizeOf(rule: CaseRuleItem, path: string, lets: LetTable): 'large' | number | undefined {
  const bound = new Set(bindingsOf(rule));
  let nodes = 0;
  let patterns = 0;
  let isLarge = false;
  for (const clause of rule.clauses) {
    for (const { pattern } of patternsOf(clause.condition)) {
      const facts = lets.measured(path, pattern.pipeline, (node) => bound.has(node.name.text));
      if (facts.inherited) return undefined;
      nodes += facts.nodes;
      patterns++;
      isLarge ||= facts.fault === 'large';
    }
  }
  if (patterns > MAX_PATTERNS) return patterns;
  return isLarge || nodes > MAX_NODES ? 'large' : undefined;
}
