/** The generators reach what they are for, and the oracle keeps the promises that hold for any rule. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INTRINSICS } from '../../engine/language/tree/intrinsics.js';
import { VALUE_FUNCTIONS } from '../../engine/language/tree/value-functions.js';
import { RELATIONS } from '../../engine/language/words/words.js';
import type { Span } from '../../engine/otlp/model.js';
import { aPipeline } from '../support/arbitrary/pipeline.js';
import { aRule } from '../support/arbitrary/rule.js';
import { aTrace, fragmented, permuted, someTraces, withDuplicates } from '../support/arbitrary/trace.js';
import {
  type CaseVerdict,
  evaluateRule,
  matchPipeline,
  mergeTraces,
  type OracleRule,
} from '../support/oracle/index.js';

const RUNS = 1500;
const seed = 20240601;

function percentages<T>(found: readonly T[]): Map<T, number> {
  const shares = new Map<T, number>();
  for (const kind of found) shares.set(kind, (shares.get(kind) ?? 0) + 100 / found.length);
  return new Map([...shares].map(([key, share]) => [key, Math.round(share * 10) / 10]));
}

/** Every `kind`, `operator`, `function`, … with its value, anywhere in a tree. */
function marks(tree: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof tree !== 'object' || tree === null) return found;
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object') marks(value, found);
    else if (MARKED.includes(key)) found.add(`${key} ${value}`);
    if (['as', 'where', 'without', 'within', 'atLeast', 'bound'].includes(key)) found.add(key);
  }
  return found;
}
const MARKED = [
  'kind',
  'operator',
  'function',
  'relation',
  'link',
  'hop',
  'scope',
  'name',
  'negated',
  'explicit',
];

/** Verdicts without the spans' identity, in an order of their own. */
function summary(verdicts: readonly CaseVerdict[]): readonly string[] {
  const name = (span: Span): string => `${span.spanId} ${span.kind}`;
  return verdicts
    .map((outcome) =>
      JSON.stringify([
        outcome.verdict,
        outcome.clause,
        [...outcome.binding].map(([word, span]) => [word, name(span)]),
      ]),
    )
    .sort();
}

describe('generated rules', () => {
  test('come to every verdict often enough', () => {
    const found: (CaseVerdict['verdict'] | 'not applicable')[] = [];
    fc.assert(
      fc.property(aRule, aTrace(), (rule, trace) => {
        const verdicts = new Set(evaluateRule(rule, trace).map((outcome) => outcome.verdict));
        found.push(...(verdicts.size === 0 ? (['not applicable'] as const) : verdicts));
      }),
      { numRuns: RUNS, seed },
    );
    const shares = percentages(found);
    console.log('verdicts of a rule on a trace, percent:', Object.fromEntries(shares));
    for (const verdict of ['pass', 'violation', 'cannot tell', 'not applicable'] as const) {
      expect(shares.get(verdict), verdict).toBeGreaterThanOrEqual(5);
    }
  });

  test('use the whole language', () => {
    const used = marks(fc.sample(aRule, { numRuns: RUNS, seed }));
    const missing = WHOLE_LANGUAGE.filter((mark) => !used.has(mark));
    expect(missing).toEqual([]);
  });

  test('decide both ways for single clauses', () => {
    const truths: boolean[] = [];
    fc.assert(
      fc.property(aRule, aTrace(), ({ clauses, ...rest }, trace) => {
        for (const clause of clauses) {
          for (const outcome of evaluateRule({ ...rest, clauses: [clause] }, trace))
            truths.push(outcome.verdict === 'violation');
        }
      }),
      { numRuns: RUNS / 3, seed },
    );
    expect(percentages(truths).get(true)).toBeGreaterThan(20);
    expect(percentages(truths).get(false)).toBeGreaterThan(20);
  });
});

describe('generated traces', () => {
  test('have every odd shape', () => {
    const shapes = fc.sample(aTrace(), { numRuns: RUNS, seed }).flatMap(({ spans }) => {
      const roots = spans.filter((span) => span.parentSpanId === '').length;
      const sameId = (span: Span) => spans.filter((other) => other.spanId === span.spanId);
      const parents = (span: Span) => spans.filter((other) => other.spanId === span.parentSpanId);
      return [
        spans.length > 6 ? 'large' : 'small',
        roots === 0 ? 'no root' : roots === 1 ? 'one root' : 'several roots',
        ...(spans.some((span) => span.parentSpanId !== '' && parents(span).length === 0) ? ['orphan'] : []),
        ...(spans.some((span) => parents(span).includes(span)) ? ['its own parent'] : []),
        ...(spans.some((span) => parents(span).some((p) => p !== span && parents(p).includes(span)))
          ? ['cycle']
          : []),
        ...(spans.some((span) => sameId(span).some((other) => other.kind !== span.kind))
          ? ['shared id']
          : []),
        ...(spans.some((span) => sameId(span).some((p) => p !== span && p.kind === span.kind))
          ? ['copies']
          : []),
        ...(spans.some((span) => parents(span).some((p) => p.start > span.start))
          ? ['child before parent']
          : []),
        ...(spans.some((span) => span.duration === 0n) ? ['no duration'] : []),
      ];
    });
    const share = (shape: string) => (100 * shapes.filter((other) => other === shape).length) / RUNS;
    for (const shape of [
      'large',
      'small',
      'one root',
      'several roots',
      'no root',
      'orphan',
      'shared id',
      'copies',
    ]) {
      expect(share(shape), shape).toBeGreaterThan(5);
    }
    for (const shape of ['its own parent', 'cycle', 'child before parent', 'no duration']) {
      expect(share(shape), shape).toBeGreaterThan(1);
    }
  });
});

describe('for any rule', () => {
  test('the order of spans, fragments and copies change nothing', () => {
    const delivered = someTraces.chain((traces) =>
      fc.record({
        traces: fc.constant(traces),
        fragments: fragmented(traces),
        shuffled: fc.tuple(...traces.map(permuted)),
        doubled: fc.tuple(...traces.map(withDuplicates)),
      }),
    );
    fc.assert(
      fc.property(aRule, delivered, (rule, { traces, fragments, shuffled, doubled }) => {
        const all = (some: readonly (typeof traces)[number][]) =>
          mergeTraces(some)
            .map((trace) => `${trace.traceId} ${summary(evaluateRule(rule, trace)).join(' ')}`)
            .sort();
        expect(all(fragments)).toEqual(all(traces));
        expect(all(shuffled)).toEqual(all(traces));
        expect(all(doubled)).toEqual(all(traces));
      }),
      { numRuns: RUNS / 10, seed },
    );
  });

  test('more skew never makes more violations', () => {
    fc.assert(
      fc.property(aRule, aTrace(), (rule, trace) => {
        const violations = (skewNs: bigint): readonly boolean[] => {
          const skewed: OracleRule = { ...rule, settings: { ...rule.settings, skewNs } };
          return evaluateRule(skewed, trace).map((outcome) => outcome.verdict === 'violation');
        };
        const [exact, tolerant] = [violations(0n), violations(1_000_000n)];
        expect(tolerant.length).toBe(exact.length);
        expect(tolerant.filter((violated, i) => violated && !exact[i])).toEqual([]);
      }),
      { numRuns: RUNS, seed },
    );
  });
});

describe('generated pipelines', () => {
  test('match some traces and not others', () => {
    const matches: boolean[] = [];
    fc.assert(
      fc.property(aPipeline, aTrace(), (pipeline, trace) => {
        matches.push(matchPipeline(pipeline, trace).length > 0);
      }),
      { numRuns: RUNS, seed },
    );
    console.log('pipelines with spans in a trace, percent:', Object.fromEntries(percentages(matches)));
    expect(percentages(matches).get(true)).toBeGreaterThan(20);
    expect(percentages(matches).get(false)).toBeGreaterThan(20);
  });
});

const marked = (key: string, ...values: readonly string[]): readonly string[] =>
  values.map((value) => `${key} ${value}`);

const WHOLE_LANGUAGE: readonly string[] = [
  'as',
  'where',
  'without',
  'within',
  'atLeast',
  'bound',
  ...marked('explicit', 'true', 'false'),
  ...marked('negated', 'true', 'false'),
  ...marked('kind', 'and', 'or', 'not', 'exists', 'relation', 'sequence', 'compare'),
  ...marked('kind', 'count', 'aggregate', 'literal', 'field', 'binary', 'negate', 'unary', 'in', 'call'),
  ...marked('kind', 'spanset', 'by', 'coalesce', 'select', 'filter', 'operation', 'name', 'group'),
  ...marked(
    'kind',
    'string',
    'int',
    'float',
    'duration',
    'time',
    'bool',
    'status',
    'kind',
    'nil',
    'attribute',
    'intrinsic',
  ),
  ...marked('relation', ...Object.keys(RELATIONS)),
  ...marked('link', 'first', 'then', 'then starts'),
  ...marked('function', 'distinct', 'sum', 'avg', 'min', 'max', 'quantile', 'count'),
  ...marked('function', ...Object.keys(VALUE_FUNCTIONS)),
  ...marked('operator', '=', '!=', '<', '<=', '>', '>=', '=~', '!~', 'contains', 'starts with'),
  ...marked('operator', '+', '-', '*', '/', '%', '^', '!', '&&', '||'),
  ...marked('operator', '~', '>>', '<<', '!>', '!>>', '!<', '!<<', '!~', '&>', '&>>', '&<', '&<<', '&~'),
  ...marked('hop', 'self', 'parent', 'root'),
  ...marked('scope', 'any', 'span', 'resource', 'event', 'link', 'instrumentation'),
  ...marked('name', ...INTRINSICS.map(({ name }) => name)),
];
