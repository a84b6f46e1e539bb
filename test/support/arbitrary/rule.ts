/** Well-typed rules, as the checker would let them pass and with let-names already replaced. */
import fc from 'fast-check';
import type {
  Condition,
  PairRelation,
  Pattern,
  RelationTest,
  Scalar,
  SequenceStep,
} from '../../../engine/language/tree/ast.js';
import { PAIR_RELATIONS, RELATIONS } from '../../../engine/language/words/words.js';
import type { OracleClause, OracleRule } from '../oracle/verdict.js';
import {
  attribute,
  type BoundNs,
  between,
  bound,
  calculate,
  callOf,
  comparison,
  count,
  duration,
  every,
  exists,
  fieldOf,
  filter,
  float,
  int,
  intrinsic,
  kind,
  minus,
  nil,
  no,
  over,
  pattern,
  pipeline,
  relation,
  sequence,
  some,
  status,
  step,
  text,
  value,
} from './build.js';
import {
  attributeField,
  condition,
  groupKey,
  measure,
  nameAtom,
  numberField,
  ofClock,
  pick,
  textField,
  weighted,
} from './expression.js';
import { simplePipeline } from './pipeline.js';
import { remember } from './remember.js';
import { TICK } from './spans.js';
import { INTS, KINDS, NAMES, STATUSES, TEXTS } from './vocabulary.js';

// ------------------------------------------------------------------------------------------------------- patterns

/** A pattern that may mention the bound spans. */
const aPattern = remember((names: readonly string[]): fc.Arbitrary<Pattern> => {
  const around = { bound: names, events: true };
  const where = fc.option(condition(around, 0), { freq: 3 });
  return fc
    .tuple(simplePipeline(around), where)
    .map(([pipeline, narrowed]) => pattern(pipeline, narrowed ? { where: narrowed } : {}));
});

/** The right side of a relation: a bound span where there is one. */
const aReference = remember((names: readonly string[]): fc.Arbitrary<Pattern> => {
  if (names.length === 0) return aPattern(names);
  return weighted([2, pick(...names).map((name) => pattern(bound(name)))], [1, aPattern(names)]);
});

/** Patterns that often match, so that rules apply. */
const frequent: fc.Arbitrary<Pattern> = weighted<Pattern>(
  [4, nameAtom.map((expression) => pattern(filter(expression)))],
  [2, fc.constant(pattern(filter()))],
  [1, condition({ bound: [], events: false }, 0).map((where) => pattern(pipeline(filter()), { where }))],
  [1, aPattern([])],
);

const limits: fc.Arbitrary<BoundNs> = weighted<BoundNs>(
  [3, fc.constant({})],
  [2, pick(0n, 1n, 2n, 4n).map((ticks) => ({ within: ticks * TICK }))],
  [1, pick(1n, 2n).map((ticks) => ({ atLeast: ticks * TICK }))],
  [1, pick(1n, 3n).map((ticks) => ({ atLeast: TICK, within: ticks * TICK }))],
);

// ---------------------------------------------------------------------------------------------------------- tests

const hasGap = (pairRelation: PairRelation): boolean => RELATIONS[pairRelation].compares === 'edges';
const BOUNDED = PAIR_RELATIONS.filter(hasGap);
const UNBOUNDED = PAIR_RELATIONS.filter((pairRelation) => !hasGap(pairRelation));

type Patterns = (position: 'left' | 'right') => fc.Arbitrary<Pattern>;

function aRelation(patterns: Patterns): fc.Arbitrary<RelationTest> {
  const [left, right] = [patterns('left'), patterns('right')];
  return weighted<RelationTest>(
    [6, fc.tuple(left, pick(...BOUNDED), right, limits).map((parts) => relation(...parts))],
    [4, fc.tuple(left, pick(...UNBOUNDED), right).map((parts) => relation(...parts))],
    [2, fc.tuple(left, right, right).map((parts) => between(...parts))],
  );
}

function aSequence(patterns: Patterns): fc.Arbitrary<Condition> {
  const without = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(aPattern([]), { maxLength: 2 }) },
  );
  const next: fc.Arbitrary<SequenceStep> = fc
    .tuple(pick('then', 'then starts' as const), patterns('left'), without)
    .map(([link, pattern, not]) => step(link, pattern, not));
  const wide = weighted<BoundNs>(
    [2, fc.constant({})],
    [1, limits],
    [1, pick(6n, 9n).map((ticks) => ({ within: ticks * TICK }))],
  );
  return fc
    .tuple(patterns('left'), fc.array(next, { minLength: 1, maxLength: 2 }), wide)
    .map(([first, rest, ns]) => sequence([step('first', first), ...rest], ns));
}

const numberScalar = remember((names: readonly string[]): fc.Arbitrary<Scalar> => {
  const around = { bound: names, events: true };
  const counted = aPattern(names).map(count);
  const aggregated = fc
    .tuple(pick('sum', 'avg', 'min', 'max' as const), frequent, measure(around))
    .map(([name, pattern, field]) => over(name, pattern, field));
  const quantiled = fc
    .tuple(frequent, measure(around), pick(0, 0.25, 0.5, 0.99, 1))
    .map(([pattern, field, q]) => over('quantile', pattern, field, q));
  const distinct = fc
    .tuple(frequent, groupKey(around))
    .map(([pattern, field]) => over('distinct', pattern, field));
  const constant = weighted<Scalar>(
    [4, pick(...INTS).map((n) => value(int(n)))],
    [1, pick(0.5, 1.5).map((n) => value(float(n)))],
    [1, pick(1n, 3n).map((ticks) => value(duration(ticks * TICK)))],
  );
  const leaf = weighted<Scalar>(
    [3, constant],
    [3, counted],
    [1, aggregated],
    [1, quantiled],
    [1, distinct],
    [names.length > 0 ? 4 : 0, names.length > 0 ? boundNumber(names) : constant],
  );
  const combined = fc
    .tuple(pick('+', '-', '*', '/', '%' as const), leaf, leaf)
    .map(([operator, left, right]) => calculate(operator, left, right));
  const power = fc
    .tuple(leaf, pick(0n, 1n, 2n))
    .map(([base, exponent]) => calculate('^', base, value(int(exponent))));
  return weighted<Scalar>([12, leaf], [3, combined], [1, power], [1, leaf.map(minus)]);
});

const boundNumber = remember((names: readonly string[]): fc.Arbitrary<Scalar> => {
  return fc
    .tuple(pick(...names), numberField({ bound: [], events: true }))
    .map(([name, field]) => fieldOf({ ...field, bound: { range: field.range, text: name } }));
});

/** `c.start - a.end > 2ms`, and comparisons of fields of every other type. */
const boundComparison = remember((names: readonly string[]): fc.Arbitrary<Condition> => {
  const name = pick(...names);
  const ofSpan = (field: Parameters<typeof fieldOf>[0], bound: string): Scalar =>
    fieldOf({ ...field, bound: { range: field.range, text: bound } });
  const around = { bound: [], events: true };
  const instant = fc
    .tuple(pick('span:start', 'span:end', 'trace:start', 'trace:end' as const), name)
    .map(([field, bound]) => fieldOf(intrinsic(field, { bound: bound })));
  const gap = fc.tuple(instant, instant).map(([left, right]) => calculate('-', left, right));
  const length = fc
    .tuple(pick('span:duration', 'trace:duration' as const), name)
    .map(([field, bound]) => fieldOf(intrinsic(field, { bound: bound })));
  const inequality = pick('=', '!=', '<', '<=', '>', '>=' as const);
  const equality = pick('=', '!=' as const);
  const words = fc.tuple(textField(around), name).map(([field, bound]) => ofSpan(field, bound));
  const flags = fc.tuple(
    pick('flag', 'list', 'k', 'n', 's').chain((key) => attributeField(key, around)),
    name,
  );
  return weighted<Condition>(
    [
      2,
      fc
        .tuple(gap, inequality, pick(0n, 1n, 3n))
        .map(([l, o, ticks]) => comparison(l, o, value(duration(ticks * TICK)))),
    ],
    [
      2,
      fc
        .tuple(weighted([2, length], [1, gap]), length, inequality, pick(0.25, 0.5, 1))
        .map(([l, r, o, share]) => comparison(calculate('/', l, r), o, value(float(share)))),
    ],
    [
      2,
      fc
        .tuple(words, inequality, pick(...TEXTS, ...NAMES))
        .map(([l, o, r]) => comparison(l, o, value(text(r)))),
    ],
    [1, fc.tuple(words, inequality, words).map((parts) => comparison(...parts))],
    [
      2,
      ofClock<Scalar>(instant, {
        plus: (l, r) => calculate('+', l, value(r)),
        call: callOf,
        literal: value,
      }).map((parts) => comparison(...parts)),
    ],
    [
      1,
      fc
        .tuple(words, inequality, pick(...INTS))
        .map(([l, o, r]) => comparison(callOf('length', l), o, value(int(r)))),
    ],
    [1, fc.tuple(words, inequality, words).map(([l, o, r]) => comparison(callOf('lower', l), o, r))],
    [1, fc.tuple(words, pick('=~', '!~' as const)).map(([l, o]) => comparison(l, o, value(text('a.*'))))],
    [
      1,
      fc
        .tuple(name, equality, pick(...KINDS))
        .map(([bound, o, r]) =>
          comparison(fieldOf(intrinsic('span:kind', { bound: bound })), o, value(kind(r))),
        ),
    ],
    [
      1,
      fc
        .tuple(name, equality, pick(...STATUSES))
        .map(([bound, o, r]) =>
          comparison(fieldOf(intrinsic('span:status', { bound: bound })), o, value(status(r))),
        ),
    ],
    [
      2,
      fc.tuple(flags, equality).map(([[field, bound], o]) => comparison(ofSpan(field, bound), o, value(nil))),
    ],
    [
      2,
      fc
        .tuple(flags, inequality, boundNumber(names))
        .map(([[field, bound], o, r]) => comparison(ofSpan(field, bound), o, r)),
    ],
    [
      1,
      fc
        .tuple(name, name, equality)
        .map(([l, r, o]) =>
          comparison(
            fieldOf(attribute('span', 'flag', { bound: l })),
            o,
            fieldOf(attribute('span', 'flag', { bound: r })),
          ),
        ),
    ],
  );
});

function aComparison(names: readonly string[]): fc.Arbitrary<Condition> {
  const numbers = fc
    .tuple(numberScalar(names), pick('=', '!=', '<', '<=', '>', '>=' as const), numberScalar(names))
    .map(([left, operator, right]) => comparison(left, operator, right));
  return names.length === 0 ? numbers : weighted([1, numbers], [2, boundComparison(names)]);
}

const aTest = remember((names: readonly string[]): fc.Arbitrary<Condition> => {
  const patterns: Patterns = (position) => (position === 'left' ? aPattern(names) : aReference(names));
  return weighted<Condition>(
    [3, fc.tuple(aPattern(names), fc.boolean()).map(([pattern, explicit]) => exists(pattern, explicit))],
    [4, aRelation(patterns)],
    [
      2,
      aSequence((position) =>
        position === 'left' ? weighted([3, frequent], [1, aReference(names)]) : aReference(names),
      ),
    ],
    [5, aComparison(names)],
  );
});

const aCondition = remember((names: readonly string[], depth: number): fc.Arbitrary<Condition> => {
  if (depth === 0) return aTest(names);
  const deeper = aCondition(names, depth - 1);
  const operands = fc.array(deeper, { minLength: 2, maxLength: 3 });
  return weighted<Condition>(
    [6, aTest(names)],
    [1, operands.map((all) => every(...all))],
    [1, operands.map((all) => some(...all))],
    [1, deeper.map(no)],
  );
});

// ----------------------------------------------------------------------------------------------------------- when

interface When {
  readonly condition?: Condition;
  /** The names that it binds. */
  readonly names: readonly string[];
}

const bindAs = (pattern: Pattern, name: string): Pattern => ({
  ...pattern,
  as: { range: pattern.range, text: name },
});

const binding: fc.Arbitrary<When> = weighted<When>(
  [5, frequent.map((pattern) => ({ condition: exists(bindAs(pattern, 'x')), names: ['x'] }))],
  [
    2,
    fc.tuple(frequent, frequent).map(([p, q]) => ({
      condition: every(exists(bindAs(p, 'x')), exists(bindAs(q, 'y'))),
      names: ['x', 'y'],
    })),
  ],
  [
    2,
    aRelation(() => frequent).map((test) => ({
      condition: { ...test, pattern: bindAs(test.pattern, 'x') },
      names: ['x'],
    })),
  ],
  [1, aRelation(() => frequent).map(bindBoth)],
  [
    1,
    fc.tuple(frequent, frequent, limits).map(([p, q, ns]) => ({
      condition: sequence([step('first', bindAs(p, 'x')), step('then', bindAs(q, 'y'))], ns),
      names: ['x', 'y'],
    })),
  ],
);

/** Both sides of a relation; of `between`, the left side and the last reference. */
function bindBoth(test: RelationTest): When {
  const { references } = test;
  const last = bindAs(references.at(-1)!, 'y');
  const condition = {
    ...test,
    pattern: bindAs(test.pattern, 'x'),
    references: references.length === 1 ? ([last] as const) : ([references[0], last] as const),
  };
  return { condition, names: ['x', 'y'] };
}

function conjuncts(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' ? condition.operands : [condition];
}

/** `as` and something more: a comparison of what is bound, or another test. */
const bindingAnd: fc.Arbitrary<When> = binding.chain((when) =>
  weighted(
    [2, boundComparison(when.names)],
    [1, frequent.map((pattern) => exists(pattern))],
    [
      1,
      aRelation((position) =>
        position === 'left' ? frequent : pick(...when.names).map((x) => pattern(bound(x))),
      ),
    ],
    [1, aTest([]).map(no)],
  ).map((more) => ({
    ...when,
    condition: every(...conjuncts(when.condition!), more),
  })),
);

const aWhen: fc.Arbitrary<When> = weighted<When>(
  [2, fc.constant({ names: [] })],
  [1, aCondition([], 1).map((condition) => ({ condition, names: [] }))],
  [1, frequent.map((pattern) => ({ condition: exists(pattern), names: [] }))],
  [6, binding],
  [1, bindingAnd],
);

// ----------------------------------------------------------------------------------------------------------- rule

const clauses = remember((names: readonly string[]): fc.Arbitrary<readonly OracleClause[]> => {
  const clause = fc.tuple(pick('always', 'never' as const), aCondition(names, 2));
  return fc.array(clause, { minLength: 1, maxLength: 3, size: '-1' }).map((all) =>
    all.map(([keyword, condition], i) => ({
      keyword,
      // Counted from 1 among the clauses of its keyword, as `expect violation of always#1` counts.
      index: all.slice(0, i + 1).filter(([other]) => other === keyword).length,
      condition: condition,
    })),
  );
});

export const aRule: fc.Arbitrary<OracleRule> = aWhen.chain((when) =>
  fc
    .tuple(
      clauses(when.names),
      weighted([5, fc.constant(false)], [1, fc.constant(true)]),
      weighted([4, fc.constant(0n)], [1, pick(1n, 2n)]),
    )
    .map(([all, required, skew]) => ({
      ...(when.condition && { when: when.condition }),
      clauses: all,
      settings: { required, skewNs: skew * TICK },
    })),
);
