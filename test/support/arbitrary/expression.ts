/** Well-typed field expressions over the vocabulary. */
import fc from 'fast-check';
import type {
  AttributeScope,
  ComparisonOperator,
  Field,
  FieldExpression,
  FieldHop,
  Intrinsic,
  Literal,
  ValueFunction,
} from '../../../engine/language/tree/ast.js';
import {
  apply,
  attribute,
  binary,
  boolean,
  duration,
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
import * as intrinsics from './intrinsics.js';
import { remember } from './remember.js';
import { EPOCH, spanId, TICK, traceId } from './spans.js';
import {
  BIG,
  DOUBLES,
  INTS,
  KINDS,
  NAMES,
  REGEXES,
  SERVICES,
  SPAN_NUMBERS,
  STATUSES,
  TEXTS,
  TRACE_NUMBERS,
  ZONES,
} from './vocabulary.js';

/** What an expression may mention. */
export interface Surroundings {
  /** Names of bound spans that fields may be read from. */
  readonly bound: readonly string[];
  /** Whether fields of events and links are allowed. */
  readonly events: boolean;
}

export const pick = <const T>(...all: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...all);

/** A choice in which the first alternative is taken as often as its weight says. */
export function weighted<T>(...all: readonly (readonly [number, fc.Arbitrary<T>])[]): fc.Arbitrary<T> {
  return fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

// --------------------------------------------------------------------------------------------------------- fields

interface Place {
  readonly hop: FieldHop;
  readonly bound?: string;
}

function place({ bound }: Surroundings): fc.Arbitrary<Place> {
  const hop = weighted<FieldHop>(
    [6, fc.constant('self')],
    [1, fc.constant('parent')],
    [1, fc.constant('root')],
  );
  const here = hop.map((fieldHop): Place => ({ hop: fieldHop }));
  if (bound.length === 0) return here;
  return weighted(
    [2, here],
    [1, fc.tuple(hop, pick(...bound)).map(([fieldHop, name]) => ({ hop: fieldHop, bound: name }))],
  );
}

/** `span.k`, `resource.k`, `.k` or `instrumentation.k`, perhaps of another span. */
export const attributeField = remember((key: string, around: Surroundings): fc.Arbitrary<Field> => {
  const scopes: fc.Arbitrary<AttributeScope> =
    key === 'k'
      ? pick('span', 'any', 'any', 'resource', 'instrumentation')
      : key === 'n'
        ? pick('span', 'span', 'span', 'any', 'resource')
        : pick('span', 'span', 'any');
  return fc.tuple(scopes, place(around)).map(([scope, where]) => attribute(scope, key, where));
});

function intrinsicField(names: readonly Intrinsic[], around: Surroundings): fc.Arbitrary<Field> {
  return fc.tuple(pick(...names), place(around)).map(([name, where]) => intrinsic(name, where));
}

function eventOrLink(
  fields: readonly Field[],
  around: Surroundings,
): readonly (readonly [number, fc.Arbitrary<Field>])[] {
  if (!around.events) return [];
  const elsewhere = fc.tuple(pick(...fields), place(around)).map(
    ([field, { hop, bound }]): Field => ({
      ...field,
      hop,
      ...(bound === undefined ? {} : { bound: { text: bound, range: field.range } }),
    }),
  );
  return [[1, weighted([2, pick(...fields)], [1, elsewhere])]];
}

export const numberField = remember((around: Surroundings): fc.Arbitrary<Field> => {
  return weighted(
    [6, attributeField('n', around)],
    [1, attributeField('list', around)],
    [2, intrinsicField(intrinsics.NUMBERS, around)],
    ...eventOrLink([attribute('event', 'n'), intrinsic('event:timeSinceStart')], around),
  );
});

export const textField = remember((around: Surroundings): fc.Arbitrary<Field> => {
  return weighted(
    [4, attributeField('s', around)],
    [2, attributeField('k', around)],
    [1, attributeField('odd key', around)],
    [1, attributeField('list', around)],
    [2, intrinsicField(intrinsics.TEXTS, around)],
    [1, intrinsicField(intrinsics.LIBRARY_TEXTS, around)],
    [1, place(around).map((where) => attribute('resource', 'service.name', where))],
    ...eventOrLink([attribute('event', 'k'), attribute('link', 'k'), intrinsic('event:name')], around),
  );
});

/** An attribute of any type. */
export const anyAttribute = remember((around: Surroundings): fc.Arbitrary<Field> => {
  const own = pick('n', 's', 'k', 'flag', 'list', 'big').chain((key) => attributeField(key, around));
  return weighted([6, own], ...eventOrLink([attribute('event', 'n'), attribute('link', 'k')], around));
});

// ------------------------------------------------------------------------------------------------------- operands

const numberLiteral: fc.Arbitrary<Literal> = weighted<Literal>(
  [4, pick(...INTS).map(int)],
  [2, pick(...DOUBLES).map(float)],
  [1, pick(0n, 1n, 2n, 3n).map((ticks) => duration(ticks * TICK))],
);
const textLiteral: fc.Arbitrary<Literal> = pick(...TEXTS, ...NAMES, ...SERVICES, 'lib', 'e').map(text);
const anyLiteral: fc.Arbitrary<Literal> = weighted<Literal>(
  [2, numberLiteral],
  [2, textLiteral],
  [1, fc.boolean().map(boolean)],
);

/** A number: a literal, a field, or arithmetic on them. `field` says which fields. */
function numberOperand(field: fc.Arbitrary<Field>, depth: number): fc.Arbitrary<FieldExpression> {
  const leaf = weighted<FieldExpression>([2, numberLiteral.map(literal)], [3, field.map(ref)]);
  if (depth === 0) return leaf;
  const deeper = numberOperand(field, depth - 1);
  const sum = fc
    .tuple(pick('+', '-', '*', '/', '%' as const), deeper, deeper)
    .map(([operator, left, right]) => binary(operator, left, right));
  // Exponents stay small, so that powers of doubles are exact whoever computes them.
  const power = fc
    .tuple(leaf, pick(0n, 1n, 2n, 3n))
    .map(([base, exponent]) => binary('^', base, literal(int(exponent))));
  const reciprocal = pick(1n, 2n).map((n) => binary('^', literal(int(2n)), unary('-', literal(int(n)))));
  const negative = deeper.map((operand) => unary('-', operand));
  return weighted([12, leaf], [4, sum], [1, power], [1, negative], [1, reciprocal]);
}

// ---------------------------------------------------------------------------------------------------------- atoms

const EQUALITY = ['=', '!='] as const;
const ORDERING = ['=', '!=', '<', '<=', '>', '>='] as const;

function compared(
  operators: readonly ComparisonOperator[],
  left: fc.Arbitrary<FieldExpression>,
  right: fc.Arbitrary<FieldExpression>,
): fc.Arbitrary<FieldExpression> {
  return fc.tuple(pick(...operators), left, right).map(([operator, l, r]) => binary(operator, l, r));
}

function numberAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const operand = numberOperand(numberField(around), 1);
  const simple = compared(ORDERING, numberField(around).map(ref), numberLiteral.map(literal));
  const big = compared(
    ORDERING,
    attributeField('big', around).map(ref),
    weighted<FieldExpression>(
      [
        1,
        pick(...BIG.filter((value) => typeof value === 'bigint' && value > 0n)).map((value) =>
          literal(int(BigInt(value))),
        ),
      ],
      [1, fc.constant(literal(float(2 ** 53)))],
      [1, attributeField('big', around).map(ref)],
    ),
  );
  return weighted([3, simple], [3, compared(ORDERING, operand, operand)], [1, big]);
}

/** Ratios of durations, shares of one, and what a plain number divided by one is. */
function ratioAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const durations = intrinsicField(intrinsics.DURATIONS, around).map(ref);
  const instants = intrinsicField(intrinsics.TIMES, around).map(ref);
  const whole = pick(1n, 2n, 3n).map((ticks) => literal(duration(ticks * TICK)));
  const gap = fc.tuple(instants, instants).map(([left, right]) => binary('-', left, right));
  const length = weighted<FieldExpression>([3, durations], [1, whole], [1, gap]);
  const count = weighted<FieldExpression>(
    [2, pick(2n, 3n).map((n) => literal(int(n)))],
    [1, attributeField('n', around).map(ref)],
    [1, fc.constant(literal(float(0.5)))],
  );
  const divided = (left: fc.Arbitrary<FieldExpression>, right: fc.Arbitrary<FieldExpression>) =>
    fc.tuple(left, right).map(([l, r]) => binary('/', l, r));
  const share = divided(length, count);
  const shares = weighted<FieldExpression>(
    [3, share],
    [1, fc.tuple(length, count).map(([l, r]) => binary('*', l, r))],
  );
  const ratio = weighted<FieldExpression>([3, divided(length, length)], [1, divided(share, length)]);
  return weighted(
    [
      3,
      compared(
        ORDERING,
        ratio,
        weighted<Literal>([3, pick(0.25, 0.5, 1, 1.5).map(float)], [1, pick(0n, 1n).map(int)]).map(literal),
      ),
    ],
    [2, compared(ORDERING, shares, length)],
    [1, compared(ORDERING, divided(count, length), fc.constant(literal(float(1e-6))))],
  );
}

function textAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const field = textField(around).map(ref);
  const regex = pick(...REGEXES).map((regex) => literal(text(regex)));
  const part = fc.tuple(
    pick('contains', 'starts with' as const),
    field,
    weighted([2, textLiteral.map(literal)], [1, field]),
  );
  return weighted(
    [3, compared(ORDERING, field, textLiteral.map(literal))],
    [1, compared(ORDERING, field, field)],
    [1, compared(['=~', '!~'], field, regex)],
    [1, part.map(([operator, l, r]) => binary(operator, l, r))],
  );
}

/** `nestedSetParent < 0`, …: only the signs of these numbers are promised. */
const structureAtom: fc.Arbitrary<FieldExpression> = fc
  .tuple(pick(...intrinsics.POSITIONS), pick(...ORDERING))
  .map(([name, operator]) => binary(operator, ref(intrinsic(name)), literal(int(0n))));

function timeAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const instant = intrinsicField(intrinsics.TIMES, around).map(ref);
  const gap = fc.tuple(instant, instant).map(([l, r]) => binary('-', l, r));
  const ticks = pick(0n, 1n, 2n, 4n);
  return weighted(
    [
      2,
      compared(
        ORDERING,
        gap,
        ticks.map((tick) => literal(duration(tick * TICK))),
      ),
    ],
    [2, compared(ORDERING, instant, instant)],
    [
      1,
      compared(
        ORDERING,
        instant,
        ticks.map((tick) => literal(time(EPOCH + tick * TICK))),
      ),
    ],
  );
}

const second = (date: string): bigint => BigInt(Date.parse(date)) * 1_000_000n;
/** Added to the times of a trace, they make some of its spans fall before, others after an edge of some zone. */
const EDGES = [
  // The hour, the day in Greenwich and in Berlin.
  second('2023-11-14T23:00:00Z'),
  second('2023-11-15T00:00:00Z'),
  // Clocks are put forward and back: in Berlin, New York, Sydney.
  second('2024-03-31T01:00:00Z'),
  second('2024-10-27T01:00:00Z'),
  second('2024-11-03T06:00:00Z'),
  second('2024-04-06T16:00:00Z'),
].map((edge) => duration(edge - EPOCH - 2n * TICK));

const aZone: fc.Arbitrary<string | undefined> = weighted<string | undefined>(
  [1, fc.constant(undefined)],
  [3, pick(...ZONES)],
);

/** What a function of a time gives of it, compared with what that may be. */
export function ofClock<T>(
  instant: fc.Arbitrary<T>,
  make: {
    readonly plus: (instant: T, length: Literal) => T;
    readonly call: (name: ValueFunction, operand: T, zone?: string) => T;
    readonly literal: (value: Literal) => T;
  },
): fc.Arbitrary<readonly [T, (typeof ORDERING)[number], T]> {
  const moved = weighted<T>(
    [1, instant],
    [4, fc.tuple(instant, pick(...EDGES)).map(([first, by]) => make.plus(first, by))],
  );
  const called = fc.tuple(pick('hour', 'weekday', 'date' as const), moved, aZone);
  return fc
    .tuple(called, pick(...ORDERING), fc.nat(23), fc.integer({ min: 1, max: 7 }), pick(0n, 1n, 138n, 348n))
    .map(([[name, operand, zone], operator, hour, weekday, days]) => {
      const other =
        name === 'date'
          ? time(second('2023-11-14T00:00:00Z') + days * 86_400_000_000_000n)
          : int(BigInt(name === 'hour' ? hour : weekday));
      return [make.call(name, operand, zone), operator, make.literal(other)];
    });
}

function functionAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const instant = intrinsicField(intrinsics.TIMES, around).map(ref);
  const clock = ofClock<FieldExpression>(instant, {
    plus: (l, r) => binary('+', l, literal(r)),
    call: apply,
    literal,
  });
  const words = textField(around).map(ref);
  const lower = words.map((word) => apply('lower', word));
  const days = fc.tuple(attributeField('big', around).map(ref), pick('hour', 'weekday', 'date' as const));
  return weighted<FieldExpression>(
    [4, clock.map(([l, operator, r]) => binary(operator, l, r))],
    [
      2,
      compared(
        ORDERING,
        words.map((word) => apply('length', word)),
        pick(...INTS).map((value) => literal(int(value))),
      ),
    ],
    [2, compared(ORDERING, lower, weighted([2, textLiteral.map(literal)], [1, words], [1, lower]))],
    [1, fc.tuple(lower, words).map(([l, r]) => binary('contains', l, r))],
    [
      1,
      days.map(([fieldExpression, name]) =>
        binary(
          '>',
          apply(name, fieldExpression),
          literal(name === 'date' ? time(second('2024-01-01')) : int(3n)),
        ),
      ),
    ],
  );
}

function idAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const upper = (hex: string): fc.Arbitrary<FieldExpression> =>
    pick(hex, hex.toUpperCase()).map((id) => literal(text(id)));
  const spanIds = pick('', ...SPAN_NUMBERS.map(spanId)).chain(upper);
  const traceIds = pick(...TRACE_NUMBERS.map(traceId), '1', '0ab').chain(upper);
  const fields = around.events
    ? weighted(
        [2, intrinsicField(['span:id', 'span:parentID'], around)],
        [1, fc.constant(intrinsic('link:spanID'))],
      )
    : intrinsicField(['span:id', 'span:parentID'], around);
  const anyTrace = intrinsicField(['trace:id'], around).map(ref);
  const linked = compared(EQUALITY, fc.constant(ref(intrinsic('link:traceID'))), traceIds);
  return weighted(
    [3, compared(EQUALITY, fields.map(ref), spanIds)],
    [1, compared(EQUALITY, fields.map(ref), fields.map(ref))],
    [1, compared(EQUALITY, anyTrace, traceIds)],
    [around.events ? 1 : 0, linked],
  );
}

function enumAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const statusField = intrinsicField(['span:status'], around).map(ref);
  const kindField = intrinsicField(['span:kind'], around).map(ref);
  return weighted(
    [
      3,
      compared(
        EQUALITY,
        statusField,
        pick(...STATUSES).map((word) => literal(status(word))),
      ),
    ],
    [
      3,
      compared(
        EQUALITY,
        kindField,
        pick(...KINDS).map((word) => literal(kind(word))),
      ),
    ],
    [1, compared(EQUALITY, kindField, kindField)],
  );
}

function boolAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const flag = attributeField('flag', around).map(ref);
  const yes = fc.boolean().map((value) => literal(boolean(value)));
  return weighted(
    [2, flag],
    [1, flag.map((fieldExpression) => unary('!', fieldExpression))],
    [2, compared(EQUALITY, flag, yes)],
    [1, yes],
  );
}

function nilAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const none = fc.constant(literal(nil));
  const field = anyAttribute(around).map(ref);
  return weighted([3, compared(EQUALITY, field, none)], [1, compared(EQUALITY, none, field)]);
}

function listAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const list = attributeField('list', around).map(ref);
  const contains = fc.tuple(list, anyLiteral).map(([l, r]) => binary('contains', l, literal(r)));
  const inside = fc
    .tuple(
      weighted([1, anyAttribute(around)], [1, textField(around)]),
      fc.array(anyLiteral, { minLength: 1, maxLength: 3 }),
    )
    .chain(([field, items]) => fc.boolean().map((negated) => isIn(ref(field), items, negated)));
  const names = fc
    .tuple(fc.subarray([...NAMES], { minLength: 1 }), fc.boolean())
    .map(([items, negated]) => isIn(ref(intrinsic('span:name')), items.map(text), negated));
  const among = fc
    .tuple(weighted([3, textField(around)], [1, anyAttribute(around)]), fc.boolean())
    .map(([field, negated]) => isIn(ref(field), [...TEXTS, ...NAMES].map(text), negated));
  return weighted([2, contains], [2, inside], [1, names], [1, among], [1, compared(ORDERING, list, list)]);
}

/** Attributes may hold anything, so they may be compared to anything. */
function dynamicAtom(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const field = anyAttribute(around).map(ref);
  return weighted(
    [3, compared(ORDERING, field, anyLiteral.map(literal))],
    [1, compared(ORDERING, anyLiteral.map(literal), field)],
    [2, compared(ORDERING, field, field)],
    [
      1,
      compared(
        ['=~', '!~'],
        field,
        pick(...REGEXES).map((source) => literal(text(source))),
      ),
    ],
    [1, compared(EQUALITY, field, pick<Literal>(status('ok'), kind('server')).map(literal))],
  );
}

/** A test of an event or a link of the span at hand. */
export const itemAtom: fc.Arbitrary<FieldExpression> = weighted<FieldExpression>(
  [
    3,
    compared(
      ORDERING,
      pick<Field>(intrinsic('event:name'), attribute('event', 'k'), attribute('link', 'k')).map(ref),
      pick('a', 'b', 'e', 'f').map((character) => literal(text(character))),
    ),
  ],
  [
    2,
    compared(
      ORDERING,
      fc.constant(ref(attribute('event', 'n'))),
      pick(...INTS).map((value) => literal(int(value))),
    ),
  ],
  [1, fc.constant(ref(attribute('event', 'flag')))],
  [
    1,
    compared(
      EQUALITY,
      pick(attribute('event', 'k'), attribute('link', 'k')).map(ref),
      fc.constant(literal(nil)),
    ),
  ],
  [
    1,
    fc
      .tuple(pick<Field>(intrinsic('event:name'), attribute('link', 'k')), fc.boolean())
      .map(([field, negated]) => isIn(ref(field), [text('a'), text('e')], negated)),
  ],
);

/** Events and links together with something else, and negated: a span without any may match. */
function itemAlternative(around: Surroundings): fc.Arbitrary<FieldExpression> {
  const item = weighted<FieldExpression>(
    [3, itemAtom],
    [2, itemAtom.map((fieldExpression) => unary('!', fieldExpression))],
  );
  return fc
    .tuple(pick('||', '||', '&&' as const), item, weighted([3, atom(around)], [1, item]), fc.boolean())
    .chain(([operator, fieldExpression, other, turned]) => {
      const joined = turned
        ? binary(operator, other, fieldExpression)
        : binary(operator, fieldExpression, other);
      return weighted<FieldExpression>(
        [4, fc.constant(joined)],
        [1, fc.constant(unary('!', joined))],
        [1, fc.constant(fieldExpression)],
      );
    });
}

/** `{ name = "a" }` and the like: what patterns mostly begin with. */
export const nameAtom: fc.Arbitrary<FieldExpression> = fc
  .tuple(weighted<'=' | '!='>([7, fc.constant('=')], [1, fc.constant('!=')]), pick(...NAMES))
  .map(([operator, name]) => binary(operator, ref(intrinsic('span:name')), literal(text(name))));

const atom = remember((around: Surroundings): fc.Arbitrary<FieldExpression> => {
  return weighted(
    [4, nameAtom],
    [3, numberAtom(around)],
    [2, ratioAtom(around)],
    [3, textAtom(around)],
    [2, dynamicAtom(around)],
    [2, listAtom(around)],
    [1, boolAtom(around)],
    [1, nilAtom(around)],
    [1, enumAtom(around)],
    [1, timeAtom(around)],
    [2, functionAtom(around)],
    [1, idAtom(around)],
    [1, structureAtom],
  );
});

/** The expression of a filter or of `where`. */
export const condition = remember((around: Surroundings, depth: number): fc.Arbitrary<FieldExpression> => {
  if (depth === 0) return weighted([9, atom(around)], [around.events ? 1 : 0, itemAlternative(around)]);
  const deeper = condition(around, depth - 1);
  const joined = fc
    .tuple(pick('&&', '||' as const), deeper, deeper)
    .map(([operator, left, right]) => binary(operator, left, right));
  const asBool = fc
    .tuple(deeper, fc.boolean())
    .map(([fieldExpression, yes]) => binary('=', fieldExpression, literal(boolean(yes))));
  return weighted(
    [8, atom(around)],
    [4, joined],
    [1, deeper.map((fieldExpression) => unary('!', fieldExpression))],
    [1, asBool],
    [around.events ? 2 : 0, itemAlternative(around)],
  );
});

/** A number that `sum` and the like add up. Exact in any order, and never NaN. */
export const measure = remember((around: Surroundings): fc.Arbitrary<FieldExpression> => {
  const field = numberField({ ...around, events: true }).map(ref);
  const scaled = fc
    .tuple(pick('+', '-', '*' as const), field, pick(...INTS))
    .map(([operator, fieldExpression, by]) => binary(operator, fieldExpression, literal(int(by))));
  // Of two ticks or four, so that a sum of ratios is exact.
  const ratio = fc
    .tuple(pick<Intrinsic>('span:duration', 'trace:duration'), pick(2n, 4n))
    .map(([name, ticks]) => binary('/', ref(intrinsic(name)), literal(duration(ticks * TICK))));
  return weighted([6, field], [1, scaled], [1, ratio]);
});

/** What `by` groups by, and `distinct` counts. */
export const groupKey = remember((around: Surroundings): fc.Arbitrary<FieldExpression> => {
  const here = { ...around, events: true };
  return weighted<FieldExpression>(
    [3, anyAttribute(here).map(ref)],
    [
      2,
      intrinsicField(['span:name', 'span:kind', 'span:status', 'span:parentID', 'span:duration'], here).map(
        ref,
      ),
    ],
    [1, textField(here).map(ref)],
    [1, measure(here)],
  );
});
