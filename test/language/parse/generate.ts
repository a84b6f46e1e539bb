import fc from 'fast-check';
import { isFreeName } from '../../../engine/language/text/tokens.js';
import type {
  AggregateExpression,
  Bound,
  Call,
  Clause,
  Condition,
  DurationLiteral,
  Field,
  FieldExpression,
  FieldOperator,
  IntLiteral,
  ListValue,
  Literal,
  Name,
  Pattern,
  Pipeline,
  Scalar,
  SequenceStep,
  Setting,
  SpansetExpression,
  Stage,
  StringLiteral,
  TimeLiteral,
} from '../../../engine/language/tree/ast.js';
import { INTRINSICS } from '../../../engine/language/tree/intrinsics.js';
import { SPANSET_OPERATORS } from '../../../engine/language/tree/operators.js';
import { functionsOf } from '../../../engine/language/tree/value-functions.js';
import { isCallable } from '../../../engine/language/words/callable.js';
import { PAIR_RELATIONS } from '../../../engine/language/words/words.js';

/** Arbitrary syntax trees, of everything that the language can say. Ranges and raw texts are dummies. */

const range = { start: 0, end: 0 };

export const freeName = fc
  .oneof(
    fc.constantFrom(
      'charge',
      'error-spans',
      'a',
      'x_1',
      'duration-x',
      'on',
      'partial',
      'of',
      'start',
      'rate',
      'with',
      'least',
    ),
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/),
  )
  .filter(isFreeName);
const boundName = freeName.filter((name) => isFreeName(name.split('-')[0] ?? ''));
export const name = (text: fc.Arbitrary<string>): fc.Arbitrary<Name> =>
  text.map((value) => ({ text: value, range }));
export const ruleId = fc
  .oneof(
    fc.constantFrom('a.b-c', 'rule', 'count.x', 'let', 'span.x', 'charge-needs-check', 'error', 'duration-1'),
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/),
  )
  .filter((id) => !id.endsWith('.') && !/:/.test(id));

export const anyText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('payment.charge_card', '', '"', '\\', '`', '\n', '\u2028', 'a b', '//', '/*', '{', 'ünï ✓'),
);

export const string: fc.Arbitrary<StringLiteral> = anyText.map((value) => ({
  kind: 'string',
  value,
  raw: '',
  range,
}));
const positive = fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 2n ** 63n - 1n));
export const int = positive.map((value): IntLiteral => ({ kind: 'int', value, raw: '', range }));
const float: fc.Arbitrary<Literal> = fc
  .double({ min: 0, noNaN: true, noDefaultInfinity: true })
  .map((value) => ({ kind: 'float', value: value === 0 ? 0 : value, raw: '', range }));
export const duration = positive.map(
  (value): DurationLiteral => ({ kind: 'duration', value, raw: '', range }),
);
const word: fc.Arbitrary<Literal> = fc.oneof(
  fc.boolean().map((value) => ({ kind: 'bool' as const, value, range })),
  fc
    .constantFrom('unset' as const, 'ok' as const, 'error' as const)
    .map((value) => ({ kind: 'status' as const, value, range })),
  fc
    .constantFrom('unspecified' as const, 'internal' as const, 'server' as const, 'client' as const)
    .map((value) => ({ kind: 'kind' as const, value, range })),
  fc.constant<Literal>({ kind: 'int', value: -(2n ** 63n), raw: 'minInt', range }),
);
export const point: fc.Arbitrary<TimeLiteral> = fc
  .oneof(
    fc.constantFrom(0n, 1_798_675_200_000_000_000n, 1_798_740_000_500_000_000n, -1n),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  )
  .map((value) => ({ kind: 'time', value, raw: '', range }));
export const literal: fc.Arbitrary<Literal> = fc.oneof(string, int, float, duration, point, word);
export const signed: fc.Arbitrary<Literal> = fc.oneof(
  literal,
  fc.bigInt(1n, 2n ** 63n - 1n).map((value) => ({ kind: 'int' as const, value: -value, raw: '', range })),
  fc
    .double({ min: 1e-300, noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ kind: 'float' as const, value: -value, raw: '', range })),
  fc.bigInt(1n, 10n ** 12n).map((value) => ({ kind: 'duration' as const, value: -value, raw: '', range })),
);
const nil: Literal = { kind: 'nil', range };

const key = fc.oneof(
  fc.constantFrom(
    'amount',
    'http.status_code',
    'a b',
    'name',
    'start',
    'span.x',
    'parent.x',
    'root.a',
    '3',
    '.x',
    '',
    'a"b',
    'a/2',
    'a-1',
    '#',
    ']',
    '//',
    'ünï.cødé',
    '..5',
  ),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

const fieldWith = (bound: fc.Arbitrary<Name | undefined>): fc.Arbitrary<Field> =>
  fc
    .record({
      bound,
      hop: fc.constantFrom('self' as const, 'self' as const, 'parent' as const, 'root' as const),
      what: fc.oneof(
        fc.record({
          kind: fc.constant('attribute' as const),
          scope: fc.constantFrom(
            'any' as const,
            'span' as const,
            'resource' as const,
            'event' as const,
            'link' as const,
            'instrumentation' as const,
          ),
          key,
        }),
        fc.record({
          kind: fc.constant('intrinsic' as const),
          name: fc.constantFrom(...INTRINSICS.map((info) => info.name)),
        }),
      ),
    })
    .map(({ bound: from, hop, what }) => ({
      ...(from === undefined ? {} : { bound: from }),
      hop,
      ...what,
      range,
    }));
export const boundField = fieldWith(name(boundName));
export const field = fieldWith(fc.option(name(boundName), { nil: undefined, freq: 5 }));

const ARITHMETIC = ['+', '-', '*', '/', '%', '^'] as const;
const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=', '=~', '!~'] as const;
const FIELD_OPERATORS: readonly FieldOperator[] = [
  '&&',
  '||',
  ...COMPARISONS,
  ...ARITHMETIC,
  'contains',
  'starts with',
];
const leaf: fc.Arbitrary<FieldExpression> = fc.oneof(
  literal.map((value) => ({ kind: 'literal' as const, literal: value, range })),
  field.map((value) => ({ kind: 'field' as const, field: value, range })),
);
const nilExpression: FieldExpression = { kind: 'literal', literal: nil, range };

/** Of texts without a zone, of times with one or without. */
function call<T>(operand: fc.Arbitrary<T>): fc.Arbitrary<Call<T>> {
  const ofText = fc.record({ function: fc.constantFrom(...functionsOf('string')), operand });
  const ofTime = fc.record(
    { function: fc.constantFrom(...functionsOf('time')), operand, zone: string },
    { requiredKeys: ['function', 'operand'] },
  );
  return fc.oneof(ofText, ofTime).map((node) => ({ kind: 'call', ...node, range }));
}

export const { expression } = fc.letrec<{ expression: FieldExpression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    leaf,
    fc
      .record({ operator: fc.constantFrom('-' as const, '!' as const), operand: tie('expression') })
      .map((node) => ({ kind: 'unary' as const, ...node, range })),
    fc
      .record({
        operator: fc.constantFrom(...FIELD_OPERATORS),
        left: tie('expression'),
        right: tie('expression'),
      })
      .map((node) => ({ kind: 'binary' as const, ...node, range })),
    fc
      .record({
        operator: fc.constantFrom(...FIELD_OPERATORS),
        left: tie('expression'),
        right: tie('expression'),
      })
      .map((node) => ({ kind: 'binary' as const, ...node, range })),
    fc
      .record({
        operator: fc.constantFrom('=' as const, '!=' as const),
        operand: tie('expression'),
        left: fc.boolean(),
      })
      .map(({ operator, operand, left }) => ({
        kind: 'binary' as const,
        operator,
        left: left ? nilExpression : operand,
        right: left ? operand : nilExpression,
        range,
      })),
    fc
      .record({
        negated: fc.boolean(),
        operand: tie('expression'),
        items: fc.array(signed, { minLength: 1, maxLength: 3 }),
      })
      .map((node) => ({ kind: 'in' as const, ...node, range })),
    call(tie('expression')),
    fc
      .record({ negated: fc.boolean(), operand: tie('expression'), list: name(freeName) })
      .map((node) => ({ kind: 'in' as const, ...node, items: [], range })),
  ),
}));

const aggregateCall: fc.Arbitrary<AggregateExpression> = fc.oneof(
  fc.constant<AggregateExpression>({ kind: 'call', function: 'count', range }),
  fc
    .record({
      function: fc.constantFrom('min' as const, 'max' as const, 'avg' as const, 'sum' as const),
      argument: expression,
    })
    .map((node) => ({ kind: 'call' as const, ...node, range })),
);
const { aggregate } = fc.letrec<{ aggregate: AggregateExpression }>((tie) => ({
  aggregate: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    aggregateCall,
    literal.map((value) => ({ kind: 'literal' as const, literal: value, range })),
    tie('aggregate').map((operand) => ({ kind: 'negate' as const, operand, range })),
    fc
      .record({ operator: fc.constantFrom(...ARITHMETIC), left: tie('aggregate'), right: tie('aggregate') })
      .map((node) => ({ kind: 'binary' as const, ...node, range })),
  ),
}));

const { pipeline, spansets } = fc.letrec<{ pipeline: Pipeline; spansets: SpansetExpression; stage: Stage }>(
  (tie) => ({
    spansets: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      name(freeName).map((value) => ({ kind: 'name' as const, name: value, range })),
      fc
        .record({
          name: name(freeName.filter(isCallable)),
          arguments: fc.array(expression, { minLength: 1, maxLength: 2 }),
        })
        .map((node) => ({ kind: 'name' as const, ...node, range })),
      fc.option(expression, { nil: undefined }).map((inner) => ({
        kind: 'filter' as const,
        ...(inner === undefined ? {} : { expression: inner }),
        range,
      })),
      fc
        .record({
          operator: fc.constantFrom(...SPANSET_OPERATORS),
          left: tie('spansets'),
          right: tie('spansets'),
        })
        .map((node) => ({ kind: 'operation' as const, ...node, range })),
      tie('pipeline').map((inner) => ({ kind: 'group' as const, pipeline: inner, range })),
    ),
    stage: fc.oneof(
      tie('spansets').map((value) => ({ kind: 'spanset' as const, expression: value, range })),
      fc
        .array(expression, { minLength: 1, maxLength: 2 })
        .map((expressions) => ({ kind: 'by' as const, expressions, range })),
      fc
        .array(field, { minLength: 1, maxLength: 2 })
        .map((fields) => ({ kind: 'select' as const, fields, range })),
      fc
        .record({
          operator: fc.constantFrom(...COMPARISONS),
          call: aggregateCall,
          other: aggregate,
          left: fc.boolean(),
        })
        .map(({ operator, call, other, left }) => ({
          kind: 'aggregate' as const,
          operator,
          left: left ? call : other,
          right: left ? other : call,
          range,
        })),
    ),
    pipeline: fc
      .tuple(
        tie('stage'),
        fc.array(fc.oneof(tie('stage'), fc.constant<Stage>({ kind: 'coalesce', range })), { maxLength: 2 }),
      )
      .map(([first, rest]) => ({ stages: [first, ...rest], range })),
  }),
);

export { pipeline, spansets };

const simplePipeline: fc.Arbitrary<Pipeline> = fc.oneof(
  {
    weight: 3,
    arbitrary: name(freeName).map((value) => ({
      stages: [
        { kind: 'spanset' as const, expression: { kind: 'name' as const, name: value, range }, range },
      ],
      range,
    })),
  },
  { weight: 1, arbitrary: pipeline },
);
export const pattern: fc.Arbitrary<Pattern> = fc
  .record({
    pipeline: simplePipeline,
    where: fc.option(expression, { nil: undefined }),
    as: fc.option(name(boundName), { nil: undefined }),
  })
  .map(({ pipeline: from, where, as }) => ({
    pipeline: from,
    ...(where === undefined ? {} : { where }),
    ...(as === undefined ? {} : { as }),
    range,
  }));

const bound: fc.Arbitrary<Bound> = fc.oneof(
  fc.constant({}),
  duration.map((within) => ({ within })),
  duration.map((atLeast) => ({ atLeast })),
  fc.record({ within: duration, atLeast: duration }),
);

export const { scalar } = fc.letrec<{ scalar: Scalar }>((tie) => ({
  scalar: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    literal.map((value) => ({ kind: 'literal' as const, literal: value, range })),
    boundField.map((value) => ({ kind: 'field' as const, field: value, range })),
    pattern.map((counted) => ({ kind: 'count' as const, pattern: counted, range })),
    fc
      .record({
        function: fc.constantFrom(
          'distinct' as const,
          'sum' as const,
          'avg' as const,
          'min' as const,
          'max' as const,
        ),
        pattern,
        field: expression,
      })
      .map((node) => ({ kind: 'aggregate' as const, ...node, range })),
    fc
      .record({ pattern, field: expression, value: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ value, ...node }) => ({
        kind: 'aggregate' as const,
        function: 'quantile' as const,
        ...node,
        quantile: { kind: 'float' as const, value: value === 0 ? 0 : value, raw: '', range },
        range,
      })),
    tie('scalar').map((operand) => ({ kind: 'negate' as const, operand, range })),
    call(tie('scalar')),
    fc
      .record({ operator: fc.constantFrom(...ARITHMETIC), left: tie('scalar'), right: tie('scalar') })
      .map((node) => ({ kind: 'binary' as const, ...node, range })),
  ),
}));

const test: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ explicit: fc.boolean(), pattern }).map((node) => ({ kind: 'exists' as const, ...node, range })),
  fc
    .record({ pattern, relation: fc.constantFrom(...PAIR_RELATIONS), reference: pattern, bound })
    .map(({ reference, ...node }) => ({
      kind: 'relation' as const,
      ...node,
      references: [reference] as const,
      range,
    })),
  fc.record({ pattern, from: pattern, to: pattern, bound }).map(({ from, to, ...node }) => ({
    kind: 'relation' as const,
    ...node,
    relation: 'between' as const,
    references: [from, to] as const,
    range,
  })),
  fc
    .record({
      first: pattern,
      rest: fc.array(
        fc.record({
          link: fc.constantFrom('then' as const, 'then starts' as const),
          without: fc.array(pattern, { maxLength: 2 }),
          pattern,
        }),
        { minLength: 1, maxLength: 3 },
      ),
      bound,
    })
    .map(({ first, rest, bound: limits }) => ({
      kind: 'sequence' as const,
      steps: [
        { link: 'first' as const, without: [], pattern: first, range },
        ...rest.map((step): SequenceStep => ({ ...step, range })),
      ],
      bound: limits,
      range,
    })),
  fc
    .record({ operator: fc.constantFrom(...COMPARISONS), left: scalar, right: scalar })
    .map((node) => ({ kind: 'compare' as const, ...node, range })),
  fc.record({ operator: fc.constantFrom('=' as const, '!=' as const), left: scalar }).map((node) => ({
    kind: 'compare' as const,
    ...node,
    right: { kind: 'literal' as const, literal: nil, range },
    range,
  })),
);

export const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    test,
    tie('condition').map((operand) => ({ kind: 'not' as const, operand, range })),
    fc
      .record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
      })
      .map((node) => ({ ...node, range })),
  ),
}));

export const list: fc.Arbitrary<ListValue> = fc
  .array(signed, { maxLength: 3 })
  .map((items) => ({ kind: 'list' as const, items, range }));
const settingName = fc.oneof(
  fc.constantFrom('severity', 'summary', 'name', 'tags', 'skew', 'on', 'closes'),
  freeName,
);
export const setting: fc.Arbitrary<Setting> = fc.oneof(
  fc
    .record({
      name: name(settingName),
      value: fc.oneof(
        signed,
        list,
        fc.constant(nil),
        freeName.map((text) => ({ kind: 'word' as const, text, range })),
      ),
    })
    .map((node) => ({ kind: 'setting' as const, ...node, range })),
  duration.map((value) => ({
    kind: 'setting' as const,
    name: { text: 'closes after', range },
    value,
    range,
  })),
  fc.constantFrom('skip', 'report').map((text) => ({
    kind: 'setting' as const,
    name: { text: 'on partial', range },
    value: { kind: 'word' as const, text, range },
    range,
  })),
);
export const clause: fc.Arbitrary<Clause> = fc
  .record({ kind: fc.constantFrom('when' as const, 'always' as const, 'never' as const), condition })
  .map((node) => ({ ...node, range }));
