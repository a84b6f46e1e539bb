import type { RuleItem } from '../ast.js';
import { bindingsOf } from '../scope.js';
import { decodeSettings } from '../settings.js';
import type { ItemContext } from './context.js';
import { MAX_NODES } from './let-facts.js';
import { checkRuleNames } from './names.js';
import { patternsOf } from './walk.js';

/** Checks one rule: settings, shape, names, types, and whether its clauses say something. */
export function checkRule(rule: RuleItem, context: ItemContext): void {
  decodeSettings(rule, context.report);
  checkId(rule, context);
  checkShape(rule, context);
  checkRuleNames(rule, context);
  checkSize(rule, context);
}

function checkId(rule: RuleItem, context: ItemContext): void {
  const [first] = context.world.rules.get(rule.id.text) ?? [];
  if (!first || first.item === rule) return;
  const elsewhere = first.path === context.path ? '' : ` in ${first.path}`;
  context.report('BT2012', rule.id.range, `There is a rule \`${rule.id.text}\` already${elsewhere}.`, {
    related: [
      {
        message: `\`${rule.id.text}\` is first defined here`,
        ...(first.path === context.path ? {} : { path: first.path }),
        range: first.item.id.range,
      },
    ],
  });
}

function checkShape(rule: RuleItem, { report }: ItemContext): void {
  if (!rule.clauses.some((clause) => clause.kind !== 'when')) {
    report(
      'BT2301',
      rule.id.range,
      `\`${rule.id.text}\` has no \`always\` and no \`never\`, so it checks nothing.`,
    );
  }
  const [first, ...more] = rule.clauses.filter((clause) => clause.kind === 'when');
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

function checkSize(rule: RuleItem, context: ItemContext): void {
  const bound = new Set(bindingsOf(rule));
  let nodes = 0;
  for (const clause of rule.clauses) {
    for (const { pattern } of patternsOf(clause.condition)) {
      const facts = context.world.lets.measured(context.path, pattern.pipeline, (node) =>
        bound.has(node.name.text),
      );
      nodes += facts.nodes;
    }
  }
  if (nodes > MAX_NODES) {
    context.report(
      'BT2019',
      rule.id.range,
      `\`${rule.id.text}\` is too large once its patterns are filled in.`,
    );
  }
}
