import { removeFix } from '../../problems/diagnostic.js';
import type { CaseRuleItem, Name, Pattern } from '../../tree/ast.js';
import { type PatternPlace, patternsOf } from '../../tree/walk.js';
import { type ItemContext, rangeIn } from '../context.js';

/** Checks where `when` binds spans, and that nothing else does. */
export function checkBindings(rule: CaseRuleItem, context: ItemContext): void {
  const first = new Map<string, Name>();
  for (const clause of rule.clauses) {
    for (const place of patternsOf(clause.condition)) {
      const name = place.pattern.as;
      if (!name || name.text === '') continue;
      if (clause.kind !== 'when') {
        context.report('BT2010', name.range, `\`as ${name.text}\` binds a span, which only \`when\` does.`, {
          fixes: [removeFix('Remove `as`', asRange(place.pattern, name))],
        });
        continue;
      }
      const obstacle = cannotBind(place);
      if (obstacle) {
        context.report('BT2011', name.range, `\`${name.text}\` cannot be bound ${obstacle}.`, {
          fixes: [removeFix('Remove `as`', asRange(place.pattern, name))],
        });
      }
      checkBindingName(name, first.get(name.text), context);
      if (!first.has(name.text)) first.set(name.text, name);
    }
  }
}

/** From the end of the pattern proper to the end of the name: the text ` as x`. */
function asRange(pattern: Pattern, name: Name): { readonly start: number; readonly end: number } {
  return { start: (pattern.where ?? pattern.pipeline).range.end, end: name.range.end };
}

function cannotBind(place: PatternPlace): string | undefined {
  if (place.role === 'counted') return 'inside a count or an aggregate';
  if (place.role === 'without') return 'by `then not`, which says that there is no such span';
  return place.conjunctive ? undefined : 'under `or` or `not`, where there may be no such span';
}

function checkBindingName(name: Name, earlier: Name | undefined, context: ItemContext): void {
  const definition = context.world.letNamed(context.path, name.text);
  if (definition) {
    context.report(
      'BT2007',
      name.range,
      `\`${name.text}\` is a pattern already; bind the span under another name.`,
      {
        related: [
          {
            message: `\`${name.text}\` is defined here`,
            ...(definition.path === context.path ? {} : { path: definition.path }),
            range: rangeIn(definition, definition.item.name.range),
          },
        ],
      },
    );
  }
  if (earlier) {
    context.report('BT2008', name.range, `\`${name.text}\` is bound already in this rule.`, {
      related: [{ message: `\`${name.text}\` is first bound here`, range: earlier.range }],
    });
  }
}

/** Warns about bound spans that nothing refers to. */
export function checkUnusedBindings(
  rule: CaseRuleItem,
  used: ReadonlySet<string>,
  context: ItemContext,
): void {
  const reported = new Set(used);
  for (const clause of rule.clauses) {
    if (clause.kind !== 'when') continue;
    for (const { pattern } of patternsOf(clause.condition)) {
      if (!pattern.as || pattern.as.text === '' || reported.has(pattern.as.text)) continue;
      reported.add(pattern.as.text);
      context.report('BT2005', pattern.as.range, `Nothing refers to the bound span \`${pattern.as.text}\`.`, {
        fixes: [removeFix('Remove `as`', asRange(pattern, pattern.as))],
      });
    }
  }
}
