import { replaceFix } from '../../problems/diagnostic.js';
import { bindingsOf, type LetDefinition, usePathTo } from '../../scope/scope.js';
import type { Field, LetItem, Name, Pattern, Pipeline, RuleItem, SpansetName } from '../../tree/ast.js';
import { fieldsOf, namesOf, patternsOf, pipelineFields, scalarFields } from '../../tree/walk.js';
import type { ItemContext, World } from '../context.js';
import { checkBoundField } from '../known-fields.js';
import { checkArguments, checkBoundArguments } from './arguments.js';
import { checkBindings, checkUnusedBindings } from './bindings.js';

/** Words that come before the dot of a field; likely what a misspelt bound span was meant to be. */
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
  checkPipelineNames(item.value, context);
}

/** The same for a pipeline where no span is bound. */
export function checkPipelineNames(pipeline: Pipeline, context: ItemContext): void {
  for (const { node } of namesOf(pipeline)) resolveLet(node, [], context);
  for (const field of pipelineFields(pipeline)) checkUnbound(field, context);
}

/** Reports a field of a bound span where none is. */
export function checkUnbound(field: Field, context: ItemContext): void {
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
        checkBoundArguments(node, context);
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
        if (bindings.includes(field.bound.text)) {
          used.add(field.bound.text);
          checkBoundField(field, context);
        }
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
      if (bindings.includes(field.bound.text)) {
        used.add(field.bound.text);
        checkBoundField(field, context);
      } else unknownBound(field, field.bound, bindings, context, 'scalar');
    }
  }
  // Where some of the rule could not be read, the reference may be in there.
  if (!context.broken(rule.range)) checkUnusedBindings(rule, used, context);
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
    checkArguments(node, definition, context);
    return;
  }
  const list = context.scope.lists.get(name);
  if (name !== '' && list !== undefined) {
    context.used(list);
    context.report(
      'BT2741',
      node.range,
      `\`${name}\` is a list, not a pattern; use it as in \`{ span.a in ${name} }\`.`,
    );
    return;
  }
  if (name === '' || context.broken(node.range)) return;
  const elsewhere = letElsewhere(name, context);
  if (elsewhere !== undefined) {
    context.report('BT2001', node.range, notInReach(elsewhere, context));
    return;
  }
  const near = context.suggest(name, namesInReach(bindings, context));
  if (near !== undefined) {
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

function* namesInReach(bindings: readonly string[], { scope }: ItemContext): Generator<string> {
  yield* bindings;
  yield* scope.lets.keys();
}

function notInReach({ path, item }: LetDefinition, context: ItemContext): string {
  const file = usePathTo(context.path, path);
  const name = `\`${item.name.text}\``;
  return item.exported
    ? `${name} is exported by ${file}, which this file does not use; write \`use "${file}"\`.`
    : `${name} is a pattern of ${file} alone; write \`export let\` there.`;
}

/** The lets of other files that would be meant if they were in reach; worked out once for the file that is checked. */
const letsElsewhere = new WeakMap<World, ReadonlyMap<string, LetDefinition>>();

function letElsewhere(name: string, context: ItemContext): LetDefinition | undefined {
  const known = letsElsewhere.get(context.world) ?? letsBeside(context);
  letsElsewhere.set(context.world, known);
  return known.get(name);
}

/** The first of each name that some file exports, else that a file in use keeps to itself. */
function letsBeside({ world, path, scope }: ItemContext): ReadonlyMap<string, LetDefinition> {
  const used = new Set(scope.uses.map(({ target }) => target));
  const found = new Map<string, LetDefinition>();
  for (const [other, items] of world.items) {
    if (other === path) continue;
    for (const item of items) {
      if (item.kind !== 'let' || !(item.exported || used.has(other))) continue;
      const known = found.get(item.name.text);
      if (known === undefined || (item.exported && !known.item.exported))
        found.set(item.name.text, { path: other, item });
    }
  }
  return found;
}

/** First parts of the keys that OpenTelemetry's conventions give to resources: `service.name`, `k8s.pod.name`. */
const RESOURCE_NAMESPACES: ReadonlySet<string> = new Set(
  'service k8s host container cloud deployment telemetry process os device'.split(' '),
);

function unknownBound(
  field: Field,
  bound: Name,
  bindings: readonly string[],
  context: ItemContext,
  place: 'filter' | 'scalar' = 'filter',
): void {
  if (bound.text === '' || context.broken(bound.range)) return;
  const near = context.suggest(bound.text, bindings);
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
  if (place === 'scalar') {
    // There is no span at hand here, so an attribute cannot be meant.
    const message = `No span is bound as \`${bound.text}\`; bind one with \`when … as ${bound.text}\`.`;
    context.report('BT2002', bound.range, message);
    return;
  }
  const scope = context.suggest(bound.text, SCOPE_WORDS);
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
  const meant = RESOURCE_NAMESPACES.has(bound.text) ? 'resource' : 'span';
  context.report(
    'BT2002',
    bound.range,
    `No span is bound as \`${bound.text}\`. If an attribute is meant, write its scope: \`${meant}.${bound.text}…\`.`,
    {
      fixes: [
        replaceFix(
          `Read it as an attribute, \`${meant}.${bound.text}…\``,
          { start: field.range.start, end: field.range.start },
          `${meant}.`,
        ),
      ],
    },
  );
}
