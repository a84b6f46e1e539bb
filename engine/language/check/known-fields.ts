import { printField } from '../print/print-field.js';
import { type Fix, replaceFix } from '../problems/diagnostic.js';
import type { Report } from '../problems/report.js';
import { editDistance } from '../problems/spelling.js';
import type {
  AttributeScope,
  Condition,
  Field,
  FieldExpression,
  Intrinsic,
  Literal,
  Pipeline,
} from '../tree/ast.js';
import type { FieldCatalogue, KnownType } from '../tree/catalogue.js';
import { intrinsicAfterDot, intrinsicInfo } from '../tree/intrinsics.js';
import {
  fieldsOf,
  patternsOf,
  pipelineExpressions,
  pipelineFields,
  scalarFields,
  scalarsOf,
} from '../tree/walk.js';
import type { ItemContext } from './context.js';
import { failureFixes, isFailureKey } from './failure-keys.js';
import { checkValues } from './known-values.js';
import { renamed, sameWords } from './other-keys.js';
import { checkWholeNumbers } from './whole-numbers.js';

type Attribute = Extract<Field, { kind: 'attribute' }>;
type Scope = Exclude<AttributeScope, 'any'>;

/** Checks the attributes that a condition reads against those that stored spans carry. */
export function checkConditionFields(condition: Condition, context: ItemContext): void {
  for (const { pattern } of patternsOf(condition)) {
    checkPipelineFields(pattern.pipeline, context);
    if (!pattern.where) continue;
    checkFields(fieldsOf(pattern.where), [pattern.where], context);
    checkStoredTypes(pattern.where, context);
  }
  for (const field of scalarFields(condition)) checkField(field, context);
  for (const scalar of scalarsOf(condition)) {
    if (scalar.kind !== 'aggregate') continue;
    checkStoredTypes(scalar.field, context);
    checkMeasured(scalar.function, scalar.field, context);
  }
}

/** Warns where numbers are made of what was never stored as one. */
function checkMeasured(name: string, measured: FieldExpression, { world, report }: ItemContext): void {
  if (name === 'distinct' || measured.kind !== 'field' || measured.field.kind !== 'attribute') return;
  const types = typesOf(measured.field, world.catalogue);
  if (types.size === 0 || types.has('int') || types.has('float')) return;
  const stored = [...types].map((type) => TYPE_NAMES[type]).join(' or ');
  report(
    'BT2504',
    measured.range,
    `Stored spans have \`${printField(measured.field)}\` as ${stored} only, of which \`${name}\` makes no number; different values are counted with \`distinct\`.`,
  );
}

/** The same for a pipeline. */
export function checkPipelineFields(pipeline: Pipeline, context: ItemContext): void {
  const expressions = [...pipelineExpressions(pipeline)];
  checkFields(pipelineFields(pipeline), expressions, context);
  for (const expression of expressions) checkStoredTypes(expression, context);
}

/** Checks fields of these expressions, and others. */
function checkFields(
  fields: Iterable<Field>,
  expressions: readonly FieldExpression[],
  context: ItemContext,
): void {
  const failures = failureFixes(expressions);
  for (const field of fields) checkField(field, context, failures.get(field));
}

/**
 * Checks one attribute against those that stored spans carry.
 *
 * @param failure what the comparison that it is in most likely says of the status
 */
export function checkField(field: Field, context: ItemContext, failure?: Fix): void {
  const { world, report } = context;
  if (field.kind !== 'attribute' || checkKey(field, report)) return;
  const { catalogue } = world;
  const isKnown = catalogue === undefined || catalogue.attributes.size === 0 || isStored(field, catalogue);
  if (isKnown ? catalogue === undefined && hintIntrinsic(field, report) : hintIntrinsic(field, report))
    return;
  if (!isKnown) reportUnknown(field, catalogue, context, failure);
}

/** Reports a key that no attribute has, or that was meant as more than a key. */
function checkKey(field: Attribute, report: Report): boolean {
  // What is missing altogether is a mistake of syntax.
  if (field.key === '' && field.range.end > field.range.start)
    report('BT2220', field.range, 'An attribute has a name; none has the empty one.');
  const [, byKey] = /^attributes\[([\w.-]+)\]$/u.exec(field.key) ?? [];
  if (byKey !== undefined) {
    const text = printField({ ...field, key: byKey });
    report(
      'BT2219',
      field.range,
      `This is the attribute with the key "${field.key}"; what is meant is likely \`${text}\`.`,
      {
        fixes: [replaceFix(`Change to ${text}`, field.range, text)],
      },
    );
    return true;
  }
  const access = /^(.+?)\[[^\]]*\]/u.exec(field.key);
  if (access?.[1] !== undefined)
    report(
      'BT2219',
      field.range,
      `This is the attribute with the key "${field.key}": elements of \`${printField({ ...field, key: access[1] })}\` cannot be read.`,
    );
  return field.key === '' || access !== null;
}

/** Warns of `c.depth`, which reads like a field of the bound span and is an attribute without a scope. */
export function checkBoundField(field: Field, { world: { catalogue }, report }: ItemContext): void {
  if (field.kind !== 'attribute' || field.scope !== 'any' || catalogue) return;
  if (/^$|\[/u.test(field.key) || intrinsicMeant(field) !== undefined) return;
  const text = printField({ ...field, scope: 'span' });
  report(
    'BT2221',
    field.range,
    `A span has no field \`${field.key}\`; if an attribute is meant, write \`${text}\`.`,
    { fixes: [replaceFix(`Change to ${text}`, field.range, text)] },
  );
}

/** Intrinsics that are easily taken for attributes of the span. */
const LOOKALIKES: readonly string[] = ['name', 'kind', 'status', 'statusMessage', 'duration'];
/** Those that a reference to another span may have had in mind: `c.duraton` is an attribute without a scope. */
const AFTER_DOT: readonly string[] = [...LOOKALIKES, 'start', 'end'];

/** Whether the attribute was reported as one that is likely meant to be an intrinsic. */
function hintIntrinsic(field: Attribute, report: Report): boolean {
  const name = intrinsicMeant(field);
  if (name === undefined) return false;
  const meant = printField({ ...field, kind: 'intrinsic', name });
  const text = field.bound || field.hop !== 'self' ? meant : name;
  report(
    'BT2216',
    field.range,
    `\`${printField(field)}\` is an attribute with the key "${field.key}"; what is meant is likely \`${text}\`: ${intrinsicInfo(name).documentation}`,
    { fixes: [replaceFix(`Change to ${text}`, field.range, text)] },
  );
  return true;
}

function intrinsicMeant({ scope, key, bound, hop }: Attribute): Intrinsic | undefined {
  if (scope === 'span') return LOOKALIKES.includes(key) ? intrinsicAfterDot(key) : undefined;
  if (scope === 'event' && key === 'name') return 'event:name';
  if (scope !== 'any' || (!bound && hop === 'self')) return undefined;
  const word = AFTER_DOT.find(
    (known) => editDistance(key, known, 1) <= Math.min(1, Math.floor(key.length / 4)),
  );
  return word === undefined ? undefined : intrinsicAfterDot(word);
}

function scopesOf(field: Attribute): readonly Scope[] {
  return field.scope === 'any' ? ['span', 'resource'] : [field.scope];
}

/** Blocks have a column for the service of every span, whether or not it is listed among the attributes. */
function isStored(field: Attribute, catalogue: FieldCatalogue): boolean {
  const scopes = scopesOf(field);
  if (field.key === 'service.name' && scopes.includes('resource')) return true;
  return scopes.some((scope) => catalogue.attributes.get(scope)?.has(field.key));
}

function reportUnknown(
  field: Attribute,
  catalogue: FieldCatalogue,
  context: ItemContext,
  failure: Fix | undefined,
): void {
  const near = nearest(field, catalogue, context);
  const text = near && printField(near);
  const failed = isFailureKey(field.key) ? '; whether a span failed is `status = error`.' : '.';
  const fix = text === undefined ? failure : replaceFix(`Change to ${text}`, field.range, text);
  context.report(
    'BT2501',
    field.range,
    `No stored span has \`${printField(field)}\`${text === undefined ? failed : `; did you mean \`${text}\`?`}`,
    fix === undefined ? {} : { fixes: [fix] },
  );
}

/** The same key in another scope, the one that conventions have given it since, one that differs in how words are joined, else the nearest key of the same scope, else of any. */
function nearest(field: Attribute, catalogue: FieldCatalogue, context: ItemContext): Attribute | undefined {
  for (const [scope, keys] of catalogue.attributes) {
    if (keys.has(field.key)) return { ...field, scope };
    const key = renamed(field.key).find((name) => keys.has(name)) ?? sameWords(field.key, keys.keys());
    if (key !== undefined)
      return { ...field, key, scope: scopesOf(field).includes(scope) ? field.scope : scope };
  }
  const own = scopesOf(field);
  // `resource.service`
  const longer: Attribute = { ...field, key: `${field.key}.name` };
  if (isStored(longer, catalogue)) return longer;
  const others = [...catalogue.attributes.keys()].filter((scope) => !own.includes(scope));
  for (const scopes of [own, others]) {
    const keys = scopes.flatMap((scope) => [...(catalogue.attributes.get(scope)?.keys() ?? [])]);
    const key = context.suggest(field.key, keys);
    const scope = scopes.find((scope) => key !== undefined && catalogue.attributes.get(scope)?.has(key));
    if (key !== undefined && scope !== undefined) {
      return { ...field, key, scope: field.scope === 'any' && scopes === own ? 'any' : scope };
    }
  }
  return undefined;
}

/** Warns where an attribute is compared with a type it was never stored in. */
function checkStoredTypes(expression: FieldExpression, context: ItemContext): void {
  const { catalogue } = context.world;
  if (!catalogue) return;
  checkValues(expression, catalogue, context.report);
  checkWholeNumbers(
    expression,
    (field) => (field.kind === 'attribute' ? typesOf(field, catalogue) : NO_TYPES),
    context.report,
  );
  const open: FieldExpression[] = [expression];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'unary' || next.kind === 'call') open.push(next.operand);
    if (next.kind === 'in' && next.operand.kind === 'field') {
      for (const item of next.items) checkStoredType(next.operand.field, item, catalogue, context.report);
    }
    if (next.kind !== 'binary') continue;
    open.push(next.right, next.left);
    const { left, right } = next;
    if (left.kind === 'field' && right.kind === 'literal') {
      checkStoredType(left.field, right.literal, catalogue, context.report);
    } else if (left.kind === 'literal' && right.kind === 'field') {
      checkStoredType(right.field, left.literal, catalogue, context.report);
    }
  }
}

const NO_TYPES: ReadonlySet<KnownType> = new Set();

/** The types in which an attribute was stored; none where that is not known. */
function typesOf(field: Attribute, catalogue: FieldCatalogue | undefined): ReadonlySet<KnownType> {
  return new Set(
    scopesOf(field).flatMap((scope) => catalogue?.attributes.get(scope)?.get(field.key)?.types ?? []),
  );
}

function checkStoredType(field: Field, literal: Literal, catalogue: FieldCatalogue, report: Report): void {
  if (field.kind !== 'attribute') return;
  const wanted = storedAs(literal);
  const types = typesOf(field, catalogue);
  if (types.size === 0 || wanted.length === 0 || wanted.some((type) => types.has(type))) return;
  const stored = [...types].map((type) => TYPE_NAMES[type]).join(' or ');
  const number = literal.kind === 'string' && /^-?\d+(?:\.\d+)?$/u.test(literal.value);
  const bare = number && (types.has('int') || types.has('float')) && literal.kind === 'string';
  const isTruth = literal.kind === 'string' && types.has('bool') && /^(?:true|false)$/iu.test(literal.value);
  const text = bare
    ? literal.value
    : isTruth
      ? literal.value.toLowerCase()
      : types.has('string') && 'raw' in literal
        ? JSON.stringify(literal.raw)
        : undefined;
  report(
    'BT2502',
    literal.range,
    `Stored spans have \`${printField(field)}\` as ${stored} only, which never compares with this.`,
    text === undefined ? {} : { fixes: [replaceFix(`Change to ${text}`, literal.range, text)] },
  );
}

const TYPE_NAMES: Readonly<Record<KnownType, string>> = {
  string: 'a string',
  int: 'a whole number',
  float: 'a number',
  bool: 'true or false',
};

/** The types in which a value that equals the literal can be stored; none where there is no telling. */
function storedAs(literal: Literal): readonly KnownType[] {
  switch (literal.kind) {
    case 'string':
      return ['string'];
    case 'int':
    case 'float':
    case 'duration':
      return ['int', 'float'];
    case 'bool':
      return ['bool'];
    case 'time':
      return ['int', 'float'];
    case 'status':
    case 'kind':
    case 'nil':
      return [];
  }
}
