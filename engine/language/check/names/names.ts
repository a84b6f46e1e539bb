import { type Fix, insertFix, replaceFix } from '../../problems/diagnostic.js';
import { bindingsOf, type LetDefinition, usePathTo } from '../../scope/scope.js';
import { useEdit } from '../../scope/use-edit.js';
import { isFreeName } from '../../text/tokens.js';
import type { CaseRuleItem, Field, LetItem, Name, Pattern, Pipeline, SpansetName } from '../../tree/ast.js';
import { quoteString } from '../../tree/literals.js';
import { fieldsOf, namesOf, patternsOf, pipelineFields, scalarFields, spansetsOf } from '../../tree/walk.js';
import { type ItemContext, rangeIn } from '../context.js';
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
export function checkRuleNames(rule: CaseRuleItem, context: ItemContext): void {
  const bindings = bindingsOf(rule);
  const used = new Set<string>();
  checkBindings(rule, context);
  for (const clause of rule.clauses) {
    const inWhen = clause.kind === 'when';
    for (const { pattern } of patternsOf(clause.condition)) {
      for (const { node, whole } of namesOf(pattern.pipeline)) {
        if (!bindings.includes(node.name.text)) {
          resolveLet(node, bindings, context, inWhen ? undefined : bindFix(rule, node.name.text));
          continue;
        }
        used.add(node.name.text);
        checkBoundArguments(node, context);
        if (inWhen && !whole) {
          context.report(
            'BT2017',
            node.range,
            `\`${node.name.text}\` is a bound span; in \`when\` it can only be a side of a relation, by itself.`,
          );
        }
      }
      const alone = fieldsAlone(pattern.pipeline);
      for (const field of patternFields(pattern)) {
        if (!field.bound) continue;
        if (!bindings.includes(field.bound.text) && alone.has(field) && nameOfSpan(field, context)) continue;
        if (bindings.includes(field.bound.text)) {
          used.add(field.bound.text);
          checkBoundField(field, context);
        }
        if (!bindings.includes(field.bound.text))
          unknownBound(
            field,
            field.bound,
            bindings,
            context,
            inWhen ? undefined : bindFix(rule, field.bound.text),
          );
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
      } else unknownBound(field, field.bound, bindings, context, bindFix(rule, field.bound.text), 'scalar');
    }
  }
  // Where some of the rule could not be read, the reference may be in there.
  if (!context.broken(rule.range)) checkUnusedBindings(rule, used, context);
}

/** Fields that are all that a filter says: `{ fraud.check }`. */
function fieldsAlone(pipeline: Pipeline): ReadonlySet<Field> {
  return new Set(
    [...spansetsOf(pipeline)].flatMap((spanset) =>
      spanset.kind === 'filter' && spanset.expression?.kind === 'field' ? [spanset.expression.field] : [],
    ),
  );
}

/** Reports `{ fraud.check }`, which is a name of a span and no field; false where it may be one. */
function nameOfSpan(field: Field, { report, broken }: ItemContext): boolean {
  if (field.kind !== 'attribute' || field.scope !== 'any' || field.bound === undefined) return false;
  if (field.hop !== 'self' || broken(field.range)) return false;
  const text = `name = ${quoteString(`${field.bound.text}.${field.key}`)}`;
  const message = `No span is bound as \`${field.bound.text}\`; if it is the name of a span, write \`${text}\`.`;
  report('BT2002', field.range, message, { fixes: [replaceFix(`Write ${text}`, field.range, text)] });
  return true;
}

function* patternFields(pattern: Pattern): Generator<Field> {
  yield* pipelineFields(pattern.pipeline);
  if (pattern.where) yield* fieldsOf(pattern.where);
}

function resolveLet(node: SpansetName, bindings: readonly string[], context: ItemContext, bind?: Fix): void {
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
  const elsewhere = context.world.letElsewhere(context.path, name);
  if (elsewhere !== undefined) {
    reportElsewhere(node, elsewhere, context);
    return;
  }
  const near = context.suggest(name, namesInReach(bindings, context));
  if (near !== undefined) {
    context.report('BT2001', node.range, `There is no pattern \`${name}\`; did you mean \`${near}\`?`, {
      fixes: [replaceFix(`Change to \`${near}\``, node.range, near)],
    });
  } else if (bind !== undefined) {
    context.report(
      'BT2001',
      node.range,
      `There is no pattern \`${name}\` and no bound span: write \`as ${name}\` after the pattern of \`when\`, or define \`let ${name} = { … }\`.`,
      { fixes: [bind] },
    );
  } else {
    context.report(
      'BT2001',
      node.range,
      `There is no pattern \`${name}\`; define it with \`let ${name} = { … }\`.`,
    );
  }
}

/** Binds the span that `when` chooses, where it is one pattern that has no name yet. */
function bindFix(rule: CaseRuleItem, name: string): Fix | undefined {
  const when = rule.clauses.find(({ kind }) => kind === 'when')?.condition;
  if (when?.kind !== 'exists' || when.explicit || when.pattern.as !== undefined || !isFreeName(name))
    return undefined;
  return insertFix(`Write as ${name} after the pattern of when`, when.pattern.range.end, ` as ${name}`);
}

function* namesInReach(bindings: readonly string[], { scope }: ItemContext): Generator<string> {
  yield* bindings;
  yield* scope.lets.keys();
}

function reportElsewhere(node: SpansetName, { path, item }: LetDefinition, context: ItemContext): void {
  const file = usePathTo(context.path, path);
  const name = `\`${item.name.text}\``;
  if (!item.exported) {
    const message = `${name} is a pattern of ${file} alone; write \`export let\` there.`;
    context.report('BT2001', node.range, message);
    return;
  }
  const anchor = context.world.itemForUse(context.path);
  const { written, edits: local } = useEdit(context.path, path, anchor === undefined ? [] : [anchor]);
  const edits = local.map(({ range, newText }) => ({
    range: anchor === undefined ? range : rangeIn({ path: context.path, item: anchor }, range),
    newText,
  }));
  const message = `${name} is exported by ${file}, which this file does not use; write \`use "${written}"\`.`;
  context.report('BT2001', node.range, message, { fixes: [{ title: `Add use "${written}"`, edits }] });
}

/** First parts of the keys that OpenTelemetry's conventions give to resources: `service.name`, `k8s.pod.name`. */
const RESOURCE_NAMESPACES: ReadonlySet<string> = new Set(
  'service k8s host container cloud deployment telemetry process os device'.split(' '),
);

/** What holds the attributes of a span elsewhere. */
const ATTRIBUTES_ELSEWHERE: ReadonlySet<string> = new Set(
  'attributes attribute attrs attr tags tag fields labels'.split(' '),
);

function unknownBound(
  field: Field,
  bound: Name,
  bindings: readonly string[],
  context: ItemContext,
  bind?: Fix,
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
  // Between clauses there is no span at hand, and `c.span.id` has a scope already: no attribute can be meant.
  const isSpan = place === 'scalar' || field.kind === 'intrinsic' || field.scope !== 'any';
  if (place === 'scalar' || (isSpan && bind !== undefined)) {
    const message = `No span is bound as \`${bound.text}\`; bind one with \`when … as ${bound.text}\`.`;
    context.report('BT2002', bound.range, message, bind === undefined ? {} : { fixes: [bind] });
    return;
  }
  const whole = `${bound.text}.${field.kind === 'attribute' ? field.key : ''}`;
  if (context.world.catalogue?.spanNames?.includes(whole) === true) {
    const text = quoteString(whole);
    const message = `No span is bound as \`${bound.text}\`; the name of a span is written ${text}.`;
    context.report('BT2002', field.range, message, {
      fixes: [replaceFix(`Write ${text}`, field.range, text)],
    });
    return;
  }
  if (ATTRIBUTES_ELSEWHERE.has(bound.text)) {
    const message = `No span is bound as \`${bound.text}\`; an attribute of a span is written \`span.…\`.`;
    context.report('BT2002', bound.range, message, {
      fixes: [replaceFix('Change to `span`', bound.range, 'span')],
    });
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
