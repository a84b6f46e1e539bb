/** Conditions, cases and verdicts, with answers worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { Condition, PairRelation, Scalar } from '../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../engine/otlp/model.js';
import {
  attribute,
  type BoundNs,
  between,
  binary,
  bound,
  calculate,
  call,
  comparison,
  count,
  every,
  exists,
  fieldOf,
  filter,
  float,
  group,
  having,
  int,
  intrinsic,
  literal,
  minus,
  named,
  nil,
  no,
  operation,
  over,
  pattern,
  pipeline,
  relation,
  sequence,
  some,
  spanAttribute,
  spanName,
  step,
  text,
  value,
} from '../support/arbitrary/build.js';
import { type AttributeRecord, span, TICK, trace } from '../support/arbitrary/spans.js';
import {
  type CaseVerdict,
  evaluateRule,
  evidence,
  mergeTraces,
  type OracleRule,
} from '../support/oracle/index.js';

const [a, b, c, all, none] = [named('a'), named('b'), named('c'), filter(), named('nothing')];

interface Options {
  readonly when?: Condition;
  readonly skew?: number;
  readonly required?: boolean;
}

function rule(keyword: 'always' | 'never', condition: Condition, options: Options = {}): OracleRule {
  return {
    ...(options.when && { when: options.when }),
    clauses: [{ keyword, index: 1, condition }],
    settings: { required: options.required ?? false, skewNs: BigInt(options.skew ?? 0) * TICK },
  };
}

function verdicts(judged: OracleRule, tr: Trace): readonly CaseVerdict['verdict'][] {
  return evaluateRule(judged, tr).map((found) => found.verdict);
}

/** Whether an `always` of the condition passes. */
function always(condition: Condition, tr: Trace, skew = 0): boolean {
  return verdicts(rule('always', condition, { skew }), tr)[0] === 'pass';
}
/** Whether a `never` of the condition passes. */
function never(condition: Condition, tr: Trace, skew = 0): boolean {
  return verdicts(rule('never', condition, { skew }), tr)[0] === 'pass';
}
/** Whether the condition is true with neither skew nor vacuity. */
function when(condition: Condition, tr: Trace): boolean {
  return verdicts(rule('always', exists(all), { when: condition }), tr).length > 0;
}

type Interval = readonly [name: string, from: number, to: number];
function timeline(...intervals: readonly Interval[]): Trace {
  return trace(
    ...intervals.map(([name, from, to], i) =>
      span(i + 1, i === 0 ? undefined : i, { name, at: from, ticks: to - from }),
    ),
  );
}
const ns = (bounds: { readonly within?: number; readonly atLeast?: number }): BoundNs => ({
  ...(bounds.within !== undefined && { within: BigInt(bounds.within) * TICK }),
  ...(bounds.atLeast !== undefined && { atLeast: BigInt(bounds.atLeast) * TICK }),
});

describe('relations', () => {
  const rows: readonly [PairRelation, readonly [number, number], readonly [number, number], boolean][] = [
    ['before', [0, 2], [2, 3], true],
    ['before', [0, 2], [1, 3], false],
    ['before', [2, 2], [2, 2], true],
    ['after', [2, 3], [0, 2], true],
    ['after', [2, 3], [0, 3], false],
    ['starts before', [0, 9], [1, 2], true],
    ['starts before', [1, 9], [1, 2], false],
    ['starts after', [1, 2], [0, 9], true],
    ['starts after', [1, 2], [1, 9], false],
    ['ends before', [5, 6], [0, 7], true],
    ['ends before', [5, 7], [0, 7], false],
    ['ends after', [0, 7], [5, 6], true],
    ['ends after', [0, 7], [5, 7], false],
    ['during', [1, 2], [1, 2], true],
    ['during', [1, 3], [1, 2], false],
    ['during', [0, 2], [1, 2], false],
    ['overlaps', [0, 2], [1, 3], true],
    ['overlaps', [0, 1], [1, 3], false],
    ['overlaps', [2, 2], [1, 3], true],
    ['overlaps', [1, 1], [1, 1], false],
  ];
  test.each(rows)('%s: %o %o is %s', (name, first, second, expected) => {
    expect(when(relation(a, name, b), timeline(['a', ...first], ['b', ...second]))).toBe(expected);
  });

  test('under and over go by structure', () => {
    const chain = timeline(['a', 0, 1], ['b', 5, 6], ['c', 3, 4]);
    expect(when(relation(c, 'under', a), chain)).toBe(true);
    expect(when(relation(a, 'under', c), chain)).toBe(false);
    expect(when(relation(a, 'over', c), chain)).toBe(true);
    expect(when(relation(c, 'under', c), chain)).toBe(false);
  });

  test('a span is not related to itself', () => {
    expect(when(relation(a, 'before', a), timeline(['a', 1, 1]))).toBe(false);
    expect(when(relation(a, 'before', a), timeline(['a', 1, 1], ['a', 1, 1]))).toBe(true);
    expect(when(relation(all, 'during', all), timeline(['a', 0, 9]))).toBe(false);
  });

  const gap = timeline(['a', 0, 2], ['b', 5, 9]); // ends 3 before the start, starts 5 before, ends 7 before
  const bounds: readonly [PairRelation, Parameters<typeof ns>[0], boolean][] = [
    ['before', { within: 3 }, true],
    ['before', { within: 2 }, false],
    ['before', { atLeast: 3 }, true],
    ['before', { atLeast: 4 }, false],
    ['before', { atLeast: 2, within: 3 }, true],
    ['before', { atLeast: 1, within: 2 }, false],
    ['starts before', { within: 5 }, true],
    ['starts before', { within: 4 }, false],
    ['ends before', { atLeast: 7 }, true],
    ['ends before', { atLeast: 8 }, false],
  ];
  test.each(bounds)('%s %o is %s', (name, limit, expected) => {
    expect(when(relation(a, name, b, ns(limit)), gap)).toBe(expected);
  });
  test('bounds of the mirrored relations', () => {
    expect(when(relation(b, 'after', a, ns({ within: 3 })), gap)).toBe(true);
    expect(when(relation(b, 'after', a, ns({ within: 2 })), gap)).toBe(false);
    expect(when(relation(b, 'starts after', a, ns({ atLeast: 5 })), gap)).toBe(true);
    expect(when(relation(b, 'ends after', a, ns({ within: 6 })), gap)).toBe(false);
  });
});

describe('skew only removes violations', () => {
  const late = timeline(['a', 0, 3], ['b', 2, 4]);
  test('always is generous, never strict', () => {
    expect(always(relation(a, 'before', b), late)).toBe(false);
    expect(always(relation(a, 'before', b), late, 1)).toBe(true);
    const touching = timeline(['a', 0, 2], ['b', 2, 4]);
    expect(never(relation(a, 'before', b), touching)).toBe(false);
    expect(never(relation(a, 'before', b), touching, 1)).toBe(true);
    expect(never(relation(a, 'starts before', b), touching, 1)).toBe(false);
    expect(never(relation(a, 'starts before', b), touching, 2)).toBe(true);
  });
  test('not turns the one into the other', () => {
    expect(always(no(relation(a, 'starts before', b)), late, 2)).toBe(true);
    expect(always(no(relation(a, 'starts before', b)), late, 1)).toBe(false);
    expect(never(no(relation(a, 'before', b)), late, 1)).toBe(true);
    expect(never(no(no(relation(a, 'starts before', b))), late, 2)).toBe(true);
  });
  test('when knows none', () => {
    expect(verdicts(rule('always', exists(all), { when: relation(a, 'before', b), skew: 9 }), late)).toEqual(
      [],
    );
  });
  test('bounds', () => {
    const apart = timeline(['a', 0, 2], ['b', 5, 6]);
    expect(always(relation(a, 'before', b, ns({ within: 2 })), apart)).toBe(false);
    expect(always(relation(a, 'before', b, ns({ within: 2 })), apart, 1)).toBe(true);
    expect(always(relation(a, 'before', b, ns({ atLeast: 4 })), apart, 1)).toBe(true);
    expect(never(relation(a, 'before', b, ns({ within: 3 })), apart, 1)).toBe(true);
    expect(never(relation(a, 'before', b, ns({ atLeast: 3 })), apart, 1)).toBe(true);
    expect(never(relation(a, 'before', b, ns({ atLeast: 2, within: 4 })), apart, 1)).toBe(false);
  });
  test('under ignores it', () => {
    expect(never(relation(b, 'under', a), late, 9)).toBe(false);
  });
  test('sequences', () => {
    const steps = [step('first', a), step('then', b)];
    expect(always(sequence(steps), late)).toBe(false);
    expect(always(sequence(steps), late, 1)).toBe(true);
    expect(always(sequence(steps, ns({ within: 3 })), late, 1)).toBe(true);
    expect(always(sequence(steps, ns({ within: 2 })), late, 1)).toBe(false);
  });
  test('between', () => {
    const squeezed = timeline(['b', 0, 2], ['a', 1, 5], ['c', 4, 6]);
    expect(always(between(a, b, c), squeezed)).toBe(false);
    expect(always(between(a, b, c), squeezed, 1)).toBe(true);
    const fits = timeline(['b', 0, 2], ['a', 2, 4], ['c', 4, 6]);
    expect(never(between(a, b, c), fits)).toBe(false);
    expect(never(between(a, b, c), fits, 1)).toBe(true);
  });
});

describe('a reference that never occurs', () => {
  const onlyA = timeline(['a', 0, 1]);
  test('satisfies a clause, not a when', () => {
    expect(always(relation(a, 'before', none), onlyA)).toBe(true);
    expect(never(relation(a, 'before', none), onlyA)).toBe(true);
    expect(always(no(relation(a, 'before', none)), onlyA)).toBe(true);
    expect(never(no(relation(a, 'before', none)), onlyA)).toBe(true);
    expect(when(relation(a, 'before', none), onlyA)).toBe(false);
    expect(when(no(relation(a, 'before', none)), onlyA)).toBe(true);
  });
  test('is about the reference alone', () => {
    expect(always(relation(none, 'before', a), onlyA)).toBe(false);
    expect(always(relation(a, 'before', a), onlyA)).toBe(false);
    expect(always(sequence([step('first', a), step('then', none)]), onlyA)).toBe(false);
  });
  test('between: either, or no next C', () => {
    const reversed = timeline(['c', 0, 1], ['b', 2, 3], ['a', 4, 5]);
    expect(always(between(a, b, c), reversed)).toBe(true);
    expect(always(between(a, none, c), reversed)).toBe(true);
    expect(always(between(a, b, none), reversed)).toBe(true);
    expect(never(no(between(a, b, c)), reversed)).toBe(true);
    expect(when(between(a, b, c), reversed)).toBe(false);
  });
});

describe('between', () => {
  test('ends at the next C', () => {
    expect(when(between(a, b, c), timeline(['b', 0, 1], ['a', 1, 2], ['c', 2, 3]))).toBe(true);
    expect(when(between(a, b, c), timeline(['b', 0, 1], ['c', 1, 2], ['a', 2, 3], ['c', 4, 5]))).toBe(false);
    expect(
      when(between(a, b, c), timeline(['b', 0, 1], ['c', 1, 2], ['b', 2, 2], ['a', 2, 3], ['c', 4, 5])),
    ).toBe(true);
    expect(when(between(a, b, c), timeline(['b', 0, 1], ['a', 1, 4], ['c', 2, 3]))).toBe(false);
  });
  test('of three different spans', () => {
    expect(when(between(all, b, c), timeline(['b', 1, 1], ['c', 1, 1]))).toBe(false);
    expect(when(between(a, b, b), timeline(['b', 1, 1], ['a', 1, 2], ['b', 3, 4]))).toBe(true);
    expect(when(between(b, b, b), timeline(['b', 0, 1], ['b', 2, 3], ['b', 4, 5]))).toBe(false);
    expect(when(between(all, b, c), timeline(['b', 1, 1], ['c', 1, 1], ['c', 1, 1]))).toBe(true);
  });
});

describe('sequences', () => {
  const abc = timeline(['a', 0, 2], ['b', 2, 4], ['c', 5, 6]);
  test('in order, each after the end of the one before', () => {
    expect(when(sequence([step('first', a), step('then', b), step('then', c)]), abc)).toBe(true);
    expect(when(sequence([step('first', a), step('then', c), step('then', b)]), abc)).toBe(false);
    expect(when(sequence([step('first', a), step('then', a)]), abc)).toBe(false);
  });
  test('of distinct spans', () => {
    expect(when(sequence([step('first', a), step('then', a)]), timeline(['a', 1, 1]))).toBe(false);
    expect(when(sequence([step('first', a), step('then', a)]), timeline(['a', 1, 1], ['a', 1, 1]))).toBe(
      true,
    );
  });
  test('then starts compares starts', () => {
    const nested = timeline(['a', 0, 9], ['b', 0, 1]);
    expect(when(sequence([step('first', a), step('then', b)]), nested)).toBe(false);
    expect(when(sequence([step('first', a), step('then starts', b)]), nested)).toBe(true);
    expect(when(sequence([step('first', b), step('then starts', a)]), nested)).toBe(true);
  });
  test('bounded from the first start to the last end', () => {
    const steps = [step('first', a), step('then', c)];
    expect(when(sequence(steps, ns({ within: 6 })), abc)).toBe(true);
    expect(when(sequence(steps, ns({ within: 5 })), abc)).toBe(false);
    expect(when(sequence(steps, ns({ atLeast: 6 })), abc)).toBe(true);
    expect(when(sequence(steps, ns({ atLeast: 7 })), abc)).toBe(false);
  });
  test('then not X then', () => {
    expect(when(sequence([step('first', a), step('then', c, [b])]), abc)).toBe(false);
    expect(when(sequence([step('first', a), step('then', c, [none])]), abc)).toBe(true);
    expect(
      when(sequence([step('first', a), step('then', c, [all])]), timeline(['a', 0, 1], ['c', 1, 2])),
    ).toBe(true);
    expect(
      when(
        sequence([step('first', a), step('then', c, [b])]),
        timeline(['a', 0, 2], ['b', 1, 3], ['c', 3, 4]),
      ),
    ).toBe(true);
    expect(
      when(sequence([step('first', a), step('then starts', c, [all])]), timeline(['a', 0, 9], ['c', 1, 2])),
    ).toBe(true);
    const starts = [step('first', a), step('then starts', c, [b])];
    expect(when(sequence(starts), timeline(['a', 0, 9], ['b', 1, 9], ['c', 1, 2]))).toBe(false);
    expect(when(sequence(starts), timeline(['a', 1, 9], ['b', 0, 9], ['c', 1, 2]))).toBe(true);
  });
});

describe('scalars', () => {
  const tr = trace(
    span(1, undefined, { name: 'a', attributes: { n: 1n, s: 'p' } }),
    span(2, 1, { name: 'a', attributes: { n: 1, s: 'p' } }),
    span(3, 1, { name: 'a', attributes: { n: 4n, s: 'q' } }),
    span(4, 1, { name: 'b', at: 5, ticks: 2, attributes: { s: [] } }),
    span(5, 1, { name: 'b' }),
  );
  const fieldN = spanAttribute('n');
  const s = spanAttribute('s');
  const rows: readonly [string, Scalar, number | bigint][] = [
    ['count', count(a), 3n],
    ['count where', count(pattern(a, { where: binary('=', fieldN, literal(int(1n))) })), 2n],
    ['count of nothing', count(none), 0n],
    ['count of an empty match', count(pipeline(none, having(call('count'), '=', value(int(0n))))), 0n],
    ['sum', over('sum', a, fieldN), 6],
    ['avg', over('avg', a, fieldN), 2],
    ['min', over('min', a, fieldN), 1],
    ['max', over('max', a, fieldN), 4],
    ['distinct tells types apart', over('distinct', a, fieldN), 3n],
    ['distinct strings', over('distinct', a, s), 2n],
    ['distinct counts arrays, not missing values', over('distinct', all, s), 3n],
    ['distinct of nothing', over('distinct', none, s), 0n],
    ['median', over('quantile', a, fieldN, 0.5), 1],
    ['quantile between', over('quantile', a, fieldN, 0.75), 2.5],
    ['quantile 1', over('quantile', a, fieldN, 1), 4],
    ['arithmetic', calculate('*', count(a), minus(count(b))), -6n],
    ['truncates ints', calculate('/', count(a), count(b)), 1n],
  ];
  test.each(rows)('%s', (_, scalar, expected) => {
    const right = typeof expected === 'bigint' ? int(expected < 0n ? -expected : expected) : float(expected);
    const sign = (signed: Scalar): Scalar =>
      typeof expected === 'bigint' && expected < 0n ? minus(signed) : signed;
    expect(when(comparison(scalar, '=', sign(value(right))), tr)).toBe(true);
    expect(verdicts(rule('always', comparison(scalar, '!=', sign(value(right)))), tr)).toEqual(['violation']);
  });

  test.each(['sum', 'avg', 'min', 'max', 'quantile'] as const)(
    '%s of nothing cannot be determined',
    (name) => {
      const test = comparison(over(name, b, fieldN, 0.5), '>', value(int(0n)));
      expect(verdicts(rule('always', test), tr)).toEqual(['cannot tell']);
      expect(verdicts(rule('never', no(test)), tr)).toEqual(['cannot tell']);
      expect(verdicts(rule('always', test, { required: true }), tr)).toEqual(['violation']);
    },
  );

  test('fields of bound spans', () => {
    const asA = exists(pattern(b, { as: 'x' }));
    const start = fieldOf(intrinsic('span:start', { bound: 'x' }));
    const traceStart = fieldOf(intrinsic('trace:start', { bound: 'x' }));
    const late = comparison(calculate('-', start, traceStart), '>', value(int(4n * TICK)));
    expect(verdicts(rule('always', late, { when: asA }), tr)).toEqual(['pass', 'violation']);
    const present = comparison(fieldOf(attribute('span', 's', { bound: 'x' })), '!=', value(nil));
    expect(verdicts(rule('always', present, { when: asA }), tr)).toEqual(['pass', 'violation']);
  });

  test('in later filters', () => {
    const same = filter(
      binary(
        '&&',
        binary('=', fieldN, spanAttribute('n', { bound: 'x' })),
        binary('>', ref2('span:start'), ref2('span:end', 'x')),
      ),
    );
    const compared = rule('never', exists(same), { when: exists(pattern(a, { as: 'x' })) });
    const two = (record: AttributeRecord) =>
      trace(
        span(1, undefined, { attributes: { n: 1n } }),
        span(2, 1, { name: 'b', at: 3, attributes: record }),
      );
    expect(verdicts(compared, two({ n: 1 }))).toEqual(['violation']);
    expect(verdicts(compared, two({ n: 2n }))).toEqual(['pass']);
    expect(verdicts(compared, two({}))).toEqual(['pass']);
  });

  function ref2(name: 'span:start' | 'span:end', binding?: string) {
    return {
      range: { start: 0, end: 0 },
      kind: 'field',
      field: intrinsic(name, binding ? { bound: binding } : {}),
    } as const;
  }
});

describe('logic', () => {
  const tr = timeline(['a', 0, 1]);
  const unknown = comparison(over('sum', a, spanAttribute('n')), '=', value(int(0n)));
  test.each([
    ['and', every(exists(a), unknown), 'cannot tell'],
    ['and false', every(exists(b), unknown), 'violation'],
    ['or true', some(exists(a), unknown), 'pass'],
    ['or', some(exists(b), unknown), 'cannot tell'],
    ['not', no(unknown), 'cannot tell'],
  ] as const)('%s', (_, condition, expected) => {
    expect(verdicts(rule('always', condition), tr)).toEqual([expected]);
  });
  test('an unknown when does not apply', () => {
    expect(when(unknown, tr)).toBe(false);
    expect(when(no(unknown), tr)).toBe(false);
  });
  test('exists holds for an aggregate over nothing', () => {
    const zero = pipeline(b, having(call('count'), '=', value(int(0n))));
    expect(when(exists(zero), tr)).toBe(true);
    expect(when(exists(group(zero)), tr)).toBe(true);
    expect(when(exists(pattern(zero, { where: binary('=', spanName, literal(text('b'))) })), tr)).toBe(false);
  });
});

describe('cases', () => {
  const tr = timeline(['a', 0, 2], ['a', 4, 5], ['b', 1, 3]);
  const names = (judged: OracleRule, on: Trace): readonly (readonly number[])[] =>
    evaluateRule(judged, on).map((found) => [...found.binding.values()].map((bound) => Number(bound.spanId)));
  const pass = exists(all);

  test('one for the trace, or one for each span', () => {
    expect(names(rule('always', pass), tr)).toEqual([[]]);
    expect(names(rule('always', pass, { when: exists(a) }), tr)).toEqual([[]]);
    expect(names(rule('always', pass, { when: exists(none) }), tr)).toEqual([]);
    expect(names(rule('always', pass, { when: exists(pattern(a, { as: 'x' })) }), tr)).toEqual([[1], [2]]);
  });
  test('one for each combination that satisfies the condition', () => {
    const both = every(exists(pattern(a, { as: 'x' })), exists(pattern(all, { as: 'y' })));
    expect(names(rule('always', pass, { when: both }), tr)).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    const related = relation(pattern(a, { as: 'x' }), 'before', pattern(a, { as: 'y' }));
    expect(names(rule('always', pass, { when: related }), tr)).toEqual([[1, 2]]);
    expect(
      names(rule('always', pass, { when: relation(pattern(a, { as: 'x' }), 'overlaps', b) }), tr),
    ).toEqual([[1]]);
    const steps = sequence([step('first', pattern(b, { as: 'x' })), step('then', pattern(a, { as: 'y' }))]);
    expect(names(rule('always', pass, { when: steps }), tr)).toEqual([[3, 2]]);
    const start = (name: string) => fieldOf(intrinsic('span:start', { bound: name }));
    const apart = every(both, comparison(start('x'), '<', start('y')));
    expect(names(rule('always', pass, { when: apart }), tr)).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });
  test('what is named may be referred to', () => {
    const before = every(exists(pattern(a, { as: 'x' })), relation(b, 'before', bound('x')));
    expect(names(rule('always', pass, { when: before }), tr)).toEqual([[2]]);
    const below = every(
      exists(pattern(a, { as: 'x' })),
      exists(pattern(operation('>', bound('x'), all), { as: 'y' })),
    );
    expect(names(rule('always', pass, { when: below }), tr)).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });
  test('a named C is still the next one', () => {
    const line = timeline(['b', 0, 1], ['a', 1, 2], ['c', 2, 3], ['c', 4, 5]);
    const when = between(a, b, pattern(c, { as: 'x' }));
    expect(names(rule('always', pass, { when }), line)).toEqual([[3]]);
  });
  test('two charges and one check are one violation', () => {
    const ordered = rule('always', relation(b, 'before', bound('x')), {
      when: exists(pattern(a, { as: 'x' })),
    });
    expect(verdicts(ordered, tr)).toEqual(['violation', 'pass']);
  });
});

describe('verdicts', () => {
  const tr = timeline(['a', 0, 1], ['b', 2, 3]);
  const unknown = comparison(over('sum', a, spanAttribute('n')), '=', value(int(0n)));
  const clauses = [
    { keyword: 'always', index: 1, condition: unknown },
    { keyword: 'never', index: 1, condition: exists(c) },
    { keyword: 'never', index: 2, condition: exists(a) },
    { keyword: 'always', index: 2, condition: exists(c) },
  ] as const;
  const settings = { required: false, skewNs: 0n };

  test('the first violated clause is named, before any that is unknown', () => {
    expect(evaluateRule({ clauses, settings }, tr)[0]).toMatchObject({
      verdict: 'violation',
      clause: { keyword: 'never', index: 2 },
    });
    expect(evaluateRule({ clauses: clauses.slice(0, 2), settings }, tr)[0]).toMatchObject({
      verdict: 'cannot tell',
      clause: { keyword: 'always', index: 1 },
    });
    expect(evaluateRule({ clauses: clauses.slice(1, 2), settings }, tr)[0]?.clause).toBeUndefined();
  });

  test('evidence is the bound spans, then what a never matched', () => {
    const when = exists(pattern(b, { as: 'x' }));
    const ids = (judged: OracleRule) =>
      evidence(judged, tr, evaluateRule(judged, tr)[0]!).map((shown) => Number(shown.spanId));
    expect(ids(rule('always', exists(c), { when }))).toEqual([2]);
    expect(ids(rule('never', some(exists(a), exists(c)), { when }))).toEqual([2, 1]);
    expect(ids(rule('never', relation(a, 'before', bound('x')), { when }))).toEqual([2, 1]);
    expect(ids(rule('never', no(exists(c)), { when }))).toEqual([2]);
    expect(ids(rule('never', exists(c), { when }))).toEqual([2]);
  });
});

describe('merging', () => {
  test('joins fragments by trace id and drops copies by span id and kind', () => {
    const [first, second] = [span(1, undefined), span(2, 1, { kind: 'client' })];
    const server = span(2, 1, { kind: 'server' });
    const other = { traceId: 'f'.repeat(32), spans: [first] };
    const merged = mergeTraces([trace(second), other, trace(first, second, server)]);
    expect(merged.map((joined) => joined.spans)).toEqual([[second, first, server], [first]]);
  });
  test('of copies the longest stays; spans that differ in kind, name or start are none', () => {
    const kept = (...spans: readonly Span[]) => mergeTraces([trace(...spans)])[0]?.spans;
    const long = span(1, 2, { ticks: 2 });
    expect(kept(span(1, 2, { ticks: 1 }), long, span(1, 2, { ticks: 0 }))).toEqual([long]);
    expect(
      kept(long, span(1, 2, { at: 1 }), span(1, 2, { name: 'b' }), span(1, 2, { kind: 'client' })),
    ).toHaveLength(4);
  });
  test('a trace with copies counts each span once', () => {
    const copies = trace(span(1, undefined), span(1, undefined), span(2, 1));
    expect(when(comparison(count(all), '=', value(int(2n))), copies)).toBe(true);
  });
});
