import type { Field, LetItem, Name, Pattern, RuleItem, SpansetName } from '../ast.js';
import { bindingsOf } from '../scope.js';
import type { ItemContext } from './context.js';
import { removeFix, replaceFix } from './report.js';
import { suggest } from './suggest.js';
import { fieldsOf, namesOf, type PatternPlace, patternsOf, pipelineFields, scalarFields } from './walk.js';

const SCOPE_WORDS: ReadonlySet<string> = new Set([
  'span',
  'resource',
  'parent',
  'root',
  'event',
  'link',
  'instrumentation',
  'trace',
]);

/** Resolves the names in a let, which can refer to other lets and to nothing else. */
export function checkLetNames(item: LetItem, context: ItemContext): void {
  for (const { node } of namesOf(item.value)) resolveLet(node, [], context);
  for (const field of pipelineFields(item.value))
    if (field.bound) unknownBound(field, field.bound, [], context);
}

/** Resolves the names in a rule and checks where its `when` binds spans. */
export function checkRuleNames(rule: RuleItem, context: ItemContext): void {
  const bindings = bindingsOf(rule);
  const used = new Set<string>();
  checkBindings(rule, context);
  for (const clause of rule.clauses) {
    const inWhen = clause.kind === 'when';
    for (const { pattern } of patternsOf(clause.condition)) {
      for (const { node, whole } of namesOf(pattern.pipeline)) {
        if (!bindings.includes(node.name.text)) {
          resolveLet(node, bindings, context);
          continue;
        }
        used.add(node.name.text);
        if (inWhen && !whole) {
          context.report(
            'BT2017',
            node.range,
            `\`${node.name.text}\` is a bound span; in \`when\` it can only stand alone, beside a relation.`,
          );
        }
      }
      for (const field of patternFields(pattern)) {
        if (!field.bound) continue;
        if (bindings.includes(field.bound.text)) used.add(field.bound.text);
        if (!bindings.includes(field.bound.text)) unknownBound(field, field.bound, bindings, context);
        else if (inWhen) {
          context.report(
            'BT2016',
            field.range,
            `\`${field.bound.text}\` is not bound yet while \`when\` chooses spans; compare its fields in a test of its own, joined with \`and\`.`,
          );
        }
      }
    }
    for (const field of scalarFields(clause.condition)) {
      if (!field.bound) continue;
      if (bindings.includes(field.bound.text)) used.add(field.bound.text);
      else unknownBound(field, field.bound, bindings, context);
    }
  }
  checkUnusedBindings(rule, used, context);
}

function* patternFields(pattern: Pattern): Generator<Field> {
  yield* pipelineFields(pattern.pipeline);
  if (pattern.where) yield* fieldsOf(pattern.where);
}

function resolveLet(node: SpansetName, bindings: readonly string[], context: ItemContext): void {
  const name = node.name.text;
  const definition = context.scope.lets.get(name);
  if (definition) {
    context.used(definition);
    return;
  }
  const near = suggest(name, [...bindings, ...context.scope.lets.keys()]);
  const exporter = exporterOf(name, context);
  if (exporter !== undefined) {
    context.report(
      'BT2001',
      node.range,
      `\`${name}\` is exported by ${exporter}, which this file does not use.`,
    );
  } else if (near !== undefined) {
    context.report('BT2001', node.range, `There is no pattern \`${name}\`; did you mean \`${near}\`?`, {
      fixes: [replaceFix(`Change to \`${near}\``, node.range, near)],
    });
  } else {
    context.report(
      'BT2001',
      node.range,
      `There is no pattern \`${name}\`; define it with \`let ${name} = { … }\`.`,
    );
  }
}

function exporterOf(name: string, context: ItemContext): string | undefined {
  for (const [path, items] of context.world.items) {
    if (path === context.path) continue;
    if (items.some((item) => item.kind === 'let' && item.exported && item.name.text === name)) return path;
  }
  return undefined;
}

function unknownBound(field: Field, bound: Name, bindings: readonly string[], context: ItemContext): void {
  const near = suggest(bound.text, bindings);
  if (near !== undefined) {
    context.report(
      'BT2002',
      bound.range,
      `No span is bound as \`${bound.text}\`; did you mean \`${near}\`?`,
      {
        fixes: [replaceFix(`Change to \`${near}\``, bound.range, near)],
      },
    );
    return;
  }
  const scope = suggest(bound.text, SCOPE_WORDS);
  if (scope !== undefined) {
    context.report(
      'BT2002',
      bound.range,
      `No span is bound as \`${bound.text}\`; did you mean \`${scope}.\`?`,
      {
        fixes: [replaceFix(`Change to \`${scope}\``, bound.range, scope)],
      },
    );
    return;
  }
  const asAttribute = { title: `Read it as an attribute, \`span.${bound.text}…\``, newText: 'span.' };
  context.report(
    'BT2002',
    bound.range,
    `No span is bound as \`${bound.text}\`. If an attribute is meant, write its scope: \`span.${bound.text}…\`.`,
    {
      fixes: [
        {
          title: asAttribute.title,
          edits: [
            { range: { start: field.range.start, end: field.range.start }, newText: asAttribute.newText },
          ],
        },
      ],
    },
  );
}

function checkBindings(rule: RuleItem, context: ItemContext): void {
  const first = new Map<string, Name>();
  for (const clause of rule.clauses) {
    for (const place of patternsOf(clause.condition)) {
      const name = place.pattern.as;
      if (!name) continue;
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
  if (SCOPE_WORDS.has(name.text)) {
    context.report(
      'BT2009',
      name.range,
      `\`${name.text}\` is a scope of fields; bind the span under another name.`,
    );
  }
  const definition = context.scope.lets.get(name.text);
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
            range: definition.item.name.range,
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

function checkUnusedBindings(rule: RuleItem, used: ReadonlySet<string>, context: ItemContext): void {
  const reported = new Set(used);
  for (const clause of rule.clauses) {
    if (clause.kind !== 'when') continue;
    for (const { pattern } of patternsOf(clause.condition)) {
      if (!pattern.as || reported.has(pattern.as.text)) continue;
      reported.add(pattern.as.text);
      context.report('BT2005', pattern.as.range, `Nothing refers to the bound span \`${pattern.as.text}\`.`, {
        fixes: [removeFix('Remove `as`', asRange(pattern, pattern.as))],
      });
    }
  }
}
