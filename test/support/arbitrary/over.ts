/** Rules over many traces, as text, and traces whose spans lie on and about the edges of their windows. */
import fc from 'fast-check';
import { metricsFunctionsTaking } from '../../../engine/language/words/metrics-words.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { type SpanParts, span, traceId } from './spans.js';

/** Within the times of the blocks that are taken as an example for made ones; a multiple of every window. */
export const OVER_BASE = BigInt(Date.UTC(2026, 10, 20, 6)) * 1_000_000n;
const SECOND = 1_000_000_000n;

const SERVICE = 'resource.service.name';
const WHO = 'span.who';

const aPipeline = fc.constantFrom(
  '{ }',
  '{ name = "a" }',
  '{ name = "b" }',
  '{ status = error }',
  '{ span.n > 1 }',
  '{ name = "a" } >> { name = "b" }',
  '{ name = "nothing" }',
);

const aCount = fc.constantFrom('rate()', 'count_over_time()');
const aField = fc.constantFrom('duration', 'span.n');
/** A histogram has a series for each bucket. */
const numberFunctions = metricsFunctionsTaking('field').filter((name) => name !== 'histogram_over_time');
const aFunction = fc.oneof(
  { weight: 3, arbitrary: aCount },
  fc.tuple(fc.constantFrom(...numberFunctions), aField).map(([name, field]) => `${name}(${field})`),
  fc
    .tuple(aField, fc.constantFrom('0', '.5', '.75', '.9', '1'))
    .map(([field, q]) => `quantile_over_time(${field}, ${q})`),
);

function aSelection(by: readonly string[], fn = aFunction): fc.Arbitrary<string> {
  return fc
    .tuple(aPipeline, fn, fc.shuffledSubarray([...by], { minLength: by.length }))
    .map(
      ([filter, name, labels]) =>
        `${filter} | ${name}${labels.length === 0 ? '' : ` by (${labels.join(', ')})`}`,
    );
}

/** Two selections, of which one has all labels of the other. */
function anOperation(by: readonly string[]): fc.Arbitrary<string> {
  return fc
    .record({
      fewer: fc.subarray([...by]),
      operator: fc.constantFrom('/', '/', '+', '-', '*'),
      turned: fc.boolean(),
      word: fc.constantFrom('on', 'ignoring', ''),
    })
    .chain(({ fewer, operator, turned, word }) => {
      const dropped = by.filter((label) => !fewer.includes(label));
      // Only series of equal labels, and one without any, meet by themselves.
      const needed = fewer.length > 0 && dropped.length > 0;
      const isOn = fewer.length > 0 && (word === 'on' || (needed && word === ''));
      const isIgnoring = dropped.length > 0 && fewer.length > 0 && word === 'ignoring';
      const matching = isOn
        ? ` on (${fewer.join(', ')})`
        : isIgnoring
          ? ` ignoring (${dropped.join(', ')})`
          : '';
      return fc.tuple(aSelection(by), aSelection(fewer)).map(([more, less]) => {
        const [left, right] = turned ? [less, more] : [more, less];
        return `(${left}) ${operator}${matching} (${right})`;
      });
    });
}

const aLimit = fc.constantFrom('0', '1', '2', '3', '0.1', '0.2', '0.3', '0.7', '0.5', '1.5');
const anOperator = fc.constantFrom('<', '<=', '>', '>=', '=', '!=');

/** Stands for a whole number of the steps of the rule. */
const STEPS = '7s';

function aTest(by: readonly string[], withPrior: boolean): fc.Arbitrary<string> {
  const before = aSelection(by).map((selected) => `prior(${STEPS}, ${selected})`);
  const series = fc.oneof(
    { weight: 3, arbitrary: aSelection(by) },
    ...(withPrior
      ? [before, fc.tuple(aSelection(by), before).map(([now, past]) => `(${now}) / ${past}`)]
      : []),
    { weight: 2, arbitrary: anOperation(by) },
    aSelection(by).map((selected) => `2 * (${selected})`),
  );
  return fc.tuple(series, anOperator, aLimit).map((parts) => parts.join(' '));
}

const aShape = fc.constantFrom(
  '10s',
  '10s every 5s',
  '10s every 2s',
  '4s every 1s',
  '15s',
  '7s',
  '6s every 3s',
);
const someLabels = fc.subarray([SERVICE, WHO]);

/** The text of a rule, but for its id. */
const aRuleBody = (withPrior: boolean): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(someLabels, { minLength: 1, maxLength: 3 }), fc.boolean(), someLabels)
    .chain(([clauses, hasWhen, wanted]) => {
      const common = wanted.filter((label) => clauses.every((by) => by.includes(label)));
      return fc
        .tuple(
          aShape,
          fc.integer({ min: 1, max: 4 }),
          hasWhen ? aTest(common, withPrior).map((test) => `\n  when ${test}`) : fc.constant(''),
          ...clauses.map((by) =>
            fc
              .tuple(fc.constantFrom('always', 'never'), aTest(by, withPrior))
              .map((parts) => `\n  ${parts.join(' ')}`),
          ),
        )
        .map(([shape, steps, ...rest]) => {
          const step = Number.parseInt(shape.split(' ').at(-1)!, 10);
          return `over ${shape}${rest.join('').replaceAll(`prior(${STEPS}`, `prior(${steps * step}s`)}`;
        });
    });

/** A file of rules `r0`, `r1` and so on. */
const overRules = (withPrior: boolean): fc.Arbitrary<string> =>
  fc
    .array(aRuleBody(withPrior), { minLength: 1, maxLength: 6 })
    .map((bodies) => bodies.map((body, n) => `rule r${n} {\n  ${body}\n}`).join('\n'));
export const someWindowRules = overRules(true);
/** How much is stored decides nothing for these. */
export const rulesOfWindowsAlone = overRules(false);

/** A whole second, or a nanosecond off it. */
const aStart = fc
  .tuple(fc.integer({ min: 0, max: 45 }), fc.constantFrom(0n, 0n, 0n, -1n, 1n))
  .map(([seconds, offset]) => OVER_BASE + BigInt(seconds) * SECOND + offset);

const aSpan = fc.record({
  name: fc.constantFrom('a', 'b'),
  status: fc.constantFrom('unset' as const, 'error' as const),
  start: aStart,
  seconds: fc.constantFrom(0, 1, 2, 3),
  service: fc.constantFrom('s1', 's2', 's3'),
  who: fc.constantFrom('x', 'y', 1n, undefined),
  n: fc.constantFrom(0n, 1n, 2n, 3n, 0.25, 1.5, 'text', undefined),
});

const aTrace: fc.Arbitrary<Trace> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.array(aSpan, { minLength: 1, maxLength: 8 }))
  .map(([id, spans]) => ({
    traceId: traceId(id),
    spans: spans.map(({ start, seconds, service, who, n, name, status }, index) => {
      const parts: SpanParts = {
        name,
        status,
        resource: { 'service.name': service },
        attributes: { ...(who === undefined ? {} : { who }), ...(n === undefined ? {} : { n }) },
      };
      const made = span(index + 1, index === 0 ? undefined : Math.ceil(index / 2), parts);
      return { ...made, start, duration: BigInt(seconds) * SECOND };
    }),
  }));

/** Of different ids. */
export const someOverTraces: fc.Arbitrary<readonly Trace[]> = fc.uniqueArray(aTrace, {
  minLength: 0,
  maxLength: 5,
  selector: (trace: Trace) => trace.traceId,
});

export const anOverRange = fc
  .tuple(fc.integer({ min: -10, max: 12 }), fc.integer({ min: 25, max: 60 }))
  .map(([from, to]) => ({
    fromNs: OVER_BASE + BigInt(from) * SECOND,
    toNs: OVER_BASE + BigInt(to) * SECOND,
  }));
