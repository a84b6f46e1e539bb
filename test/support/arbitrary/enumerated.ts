/**
 * Filters that are listed, not drawn: every operator with every type of literal, in every scope, plain and negated.
 * `enumeratedTrace` holds every type of value, and none, in every scope.
 */

import type {
  AttributeScope,
  FieldExpression,
  FieldOperator,
  Filter,
  Intrinsic,
  Literal,
} from '../../../engine/language/tree/ast.js';
import { INTRINSICS, type IntrinsicInfo } from '../../../engine/language/tree/intrinsics.js';
import type { AttributeValue, SeveralValues, Span, Trace } from '../../../engine/otlp/model.js';
import {
  apply,
  attribute,
  binary,
  boolean,
  duration,
  filter,
  float,
  int,
  intrinsic,
  isIn,
  kind,
  literal,
  nil,
  ref,
  status,
  text,
  time,
  unary,
} from './build.js';
import { isId } from './intrinsics.js';
import { EPOCH, event, link, span, TICK, trace } from './spans.js';

export interface EnumeratedFilter {
  readonly title: string;
  readonly filter: Filter;
}

// ---------------------------------------------------------------------------------------------------------- trace

const VALUES: readonly (AttributeValue | SeveralValues | undefined)[] = [
  1n,
  2n,
  0n,
  1,
  2.5,
  Number.NaN,
  2n ** 53n + 1n,
  2 ** 53,
  '',
  'a',
  'ab',
  'B',
  '1',
  true,
  false,
  [],
  ['a', 'b'],
  ['ab'],
  [1n, 2n],
  [1, 2.5],
  [true],
  [true, false],
  several('a', 'b'),
  several('b', 1n, 'a'),
  several(2n, 1n),
  several(2.5, Number.NaN),
  several(false, true),
  several('b', ['a', 'ab']),
  several([1n, 2n], 1n),
  several(true, []),
  several(2 ** 53, 2n ** 53n + 1n),
  undefined,
];

function several(...values: readonly AttributeValue[]): SeveralValues {
  return { kind: 'several', values };
}

/** One span for each value, which has it in every scope, as the child of the span before. */
function holders(): readonly Span[] {
  return VALUES.map((value, i) => {
    const record = value === undefined ? {} : { v: value };
    return span(i + 1, i === 0 ? undefined : i, {
      name: i % 2 === 0 ? 'a' : 'b',
      kind: i % 3 === 0 ? 'server' : 'client',
      status: i % 4 === 0 ? 'ok' : 'unset',
      statusMessage: i % 5 === 0 ? 'a' : '',
      at: i % 4,
      ticks: i % 3,
      attributes: record,
      resource: { ...record, ...(i % 3 > 0 && { 'service.name': 'a' }) },
      scope: {
        name: i % 2 === 0 ? 'a' : '',
        version: i % 3 === 0 ? 'a' : '',
        attributes: new Map(Object.entries(record)),
      },
      events: i === 4 || i === 12 ? [] : [event('a', record, i % 2), event('b')],
      links: i === 3 || i === 12 ? [] : [link(1, i + 1, record), link(2, 1)],
    });
  });
}

/** Spans whose resource has a value that their own attribute hides, or does not. */
const shadows: readonly Span[] = [
  span(0x51, 1, { resource: { v: 1n } }),
  span(0x52, 1, { resource: { v: 1n }, attributes: { v: 'a' } }),
  span(0x53, 1, { resource: { v: 'a' }, attributes: { v: [] } }),
  span(0x54, 0xdead, { resource: { v: ['a'] }, events: [event('a', { v: 2n }), event('b', { v: 'a' })] }),
];

export const enumeratedTrace: Trace = trace(...holders(), ...shadows);

// -------------------------------------------------------------------------------------------------------- filters

const EQUALITY = ['=', '!='] as const;
const ORDERING = ['<', '<=', '>', '>='] as const;

const LITERALS: Readonly<Record<string, Literal>> = {
  int: int(1n),
  float: float(1),
  duration: duration(1n),
  string: text('a'),
  bool: boolean(true),
  status: status('ok'),
  kind: kind('server'),
  nil,
};

/** Which literals the checker lets stand right of an operator. */
const RIGHT: readonly (readonly [readonly FieldOperator[], readonly string[]])[] = [
  [EQUALITY, ['int', 'float', 'duration', 'string', 'bool', 'status', 'kind', 'nil']],
  [ORDERING, ['int', 'float', 'duration', 'string']],
  [['=~', '!~', 'starts with'], ['string']],
  [['contains'], ['string', 'int', 'float', 'bool']],
];

type Entry = readonly [title: string, expression: FieldExpression];

function ofField(title: string, field: FieldExpression): readonly Entry[] {
  const compared = RIGHT.flatMap(([operators, types]) =>
    operators.flatMap((operator) =>
      types.map(
        (type): Entry => [`${title} ${operator} ${type}`, binary(operator, field, literal(LITERALS[type]!))],
      ),
    ),
  );
  const lists: readonly (readonly [string, readonly Literal[]])[] = [
    ['ints', [int(1n), int(7n)]],
    ['strings', [text('a'), text('z')]],
    ['mixed', [text('a'), float(1), boolean(true)]],
    ['many ints', [1n, 2n, 4n, 5n, 6n, 7n, 8n, 9n, 2n ** 53n + 1n].map(int)],
    ['many strings', ['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'ab'].map(text)],
  ];
  const listed = lists.flatMap(([type, items]): readonly Entry[] => [
    [`${title} in ${type}`, isIn(field, items)],
    [`${title} not in ${type}`, isIn(field, items, true)],
  ]);
  return [...compared, ...listed, [`${title} alone`, field]];
}

const SCOPES: readonly AttributeScope[] = ['span', 'resource', 'any', 'instrumentation', 'event', 'link'];
const scoped = SCOPES.flatMap((scope) => ofField(scope, ref(attribute(scope, 'v'))));
const hopped = (['parent', 'root'] as const).flatMap((hop) =>
  EQUALITY.flatMap((operator) =>
    ['int', 'string', 'nil'].map((type): Entry => {
      const field = ref(attribute('span', 'v', { hop }));
      return [`${hop}.span ${operator} ${type}`, binary(operator, field, literal(LITERALS[type]!))];
    }),
  ),
);

const between: readonly Entry[] = ([...EQUALITY, ...ORDERING] as const).flatMap(
  (operator): readonly Entry[] => {
    const [own, parents] = [ref(attribute('span', 'v')), ref(attribute('span', 'v', { hop: 'parent' }))];
    return [
      [`itself ${operator}`, binary(operator, own, own)],
      [`parent's ${operator}`, binary(operator, own, parents)],
      [`literal ${operator} field`, binary(operator, literal(int(1n)), own)],
      [`string ${operator} field`, binary(operator, literal(text('a')), own)],
    ];
  },
);

const arithmetic: readonly Entry[] = (['+', '-', '*', '/', '%', '^'] as const).flatMap((operator) =>
  ([int(0n), int(2n), float(0), float(2)] as const).flatMap((right): readonly Entry[] => {
    const value = binary(operator, ref(attribute('span', 'v')), literal(right));
    const title = `v ${operator} ${right.raw}`;
    return [
      [`${title} > 0`, binary('>', value, literal(int(0n)))],
      [`${title} = 1`, binary('=', value, literal(int(1n)))],
      [`${title} = nil`, binary('=', value, literal(nil))],
    ];
  }),
);

/** Every function of what is of its type and of what is not. */
const functions: readonly Entry[] = SCOPES.flatMap((scope) => {
  const fieldExpression = ref(attribute(scope, 'v'));
  return [
    [`lower(${scope}) =`, binary('=', apply('lower', fieldExpression), literal(text('b')))],
    [`lower(${scope}) !=`, binary('!=', apply('lower', fieldExpression), literal(text('b')))],
    [`lower(${scope}) contains itself`, binary('contains', fieldExpression, apply('lower', fieldExpression))],
    [`length(${scope}) >`, binary('>', apply('length', fieldExpression), literal(int(0n)))],
    [`length(${scope}) = nil`, binary('=', apply('length', fieldExpression), literal(nil))],
    [`hour(${scope}) =`, binary('=', apply('hour', fieldExpression), literal(int(0n)))],
    [`weekday(${scope}) =`, binary('=', apply('weekday', fieldExpression, 'Asia/Kolkata'), literal(int(4n)))],
    [`date(${scope}) =`, binary('=', apply('date', fieldExpression), literal(time(0n)))],
  ] as const;
});

const parts: readonly Entry[] = (['contains', 'starts with'] as const).flatMap((operator) => {
  const [mine, parents] = [ref(attribute('span', 'v')), ref(attribute('span', 'v', { hop: 'parent' }))];
  return [
    [`itself ${operator}`, binary(operator, mine, mine)],
    [`parent's ${operator}`, binary(operator, mine, parents)],
    [`name ${operator} field`, binary(operator, ref(intrinsic('span:name')), mine)],
    [`field ${operator} name`, binary(operator, mine, ref(intrinsic('span:name')))],
    [`field ${operator} id`, binary(operator, mine, ref(intrinsic('span:id')))],
    [`id ${operator} field`, binary(operator, ref(intrinsic('trace:id')), mine)],
  ] as const;
});

const own = (name: Intrinsic): FieldExpression => ref(intrinsic(name));
const ratios: readonly Entry[] = (
  [
    ['duration / trace:duration', own('span:duration'), own('trace:duration')],
    ['duration / duration', own('span:duration'), literal(duration(2n * TICK))],
    ['times / duration', binary('-', own('span:end'), own('span:start')), own('trace:duration')],
    ['int / duration', literal(int(TICK)), own('span:duration')],
    ['attribute / duration', ref(attribute('span', 'v')), own('span:duration')],
  ] as const
).flatMap(([title, left, right]) =>
  [...EQUALITY, ...ORDERING].map(
    (operator): Entry => [
      `${title} ${operator}`,
      binary(operator, binary('/', left, right), literal(float(0.5))),
    ],
  ),
);
const shares: readonly Entry[] = ORDERING.map((operator) => [
  `duration ${operator} a third of one`,
  binary(operator, own('span:duration'), binary('/', literal(duration(3n * TICK + 1n)), literal(int(3n)))),
]);

/** What each intrinsic is compared with. */
const INTRINSIC_VALUES: Readonly<Record<Intrinsic, Literal>> = {
  'span:name': text('a'),
  'span:statusMessage': text('a'),
  'trace:rootName': text('a'),
  'trace:rootService': text('a'),
  'event:name': text('a'),
  'instrumentation:name': text('a'),
  'instrumentation:version': text('a'),
  'span:duration': duration(TICK),
  'span:childCount': int(1n),
  'span:start': time(EPOCH + TICK),
  'span:end': time(EPOCH + 2n * TICK),
  'trace:start': time(EPOCH),
  'trace:end': time(EPOCH + 5n * TICK),
  'trace:duration': float(5e6),
  'event:timeSinceStart': duration(TICK),
  nestedSetLeft: int(0n),
  nestedSetRight: int(0n),
  nestedSetParent: int(0n),
  'span:kind': kind('server'),
  'span:status': status('ok'),
  'span:id': text('000000000000000A'),
  'span:parentID': text(''),
  'trace:id': text('01'),
  'link:spanID': text('000000000000000A'),
  'link:traceID': text('00000000000000000000000000000001'),
};
function operatorsFor({ name, type }: IntrinsicInfo): readonly FieldOperator[] {
  if (isId(name) || type === 'kind' || type === 'status') return EQUALITY;
  return type === 'string'
    ? [...EQUALITY, ...ORDERING, '=~', '!~', 'contains', 'starts with']
    : [...EQUALITY, ...ORDERING];
}

const intrinsics = INTRINSICS.flatMap((info) =>
  operatorsFor(info).map(
    (operator): Entry => [
      `${info.name} ${operator}`,
      binary(operator, ref(intrinsic(info.name)), literal(INTRINSIC_VALUES[info.name])),
    ],
  ),
);

const plain: readonly Entry[] = [
  ...[scoped, hopped, between, arithmetic, functions, parts, ratios, shares, intrinsics].flat(),
];

export const enumeratedFilters: readonly EnumeratedFilter[] = plain.flatMap(([title, expression]) => [
  { title, filter: filter(expression) },
  { title: `not (${title})`, filter: filter(unary('!', expression)) },
]);
