import fc from 'fast-check';
import type {
  Expectation,
  File,
  Item,
  TestAttribute,
  TestEntry,
  TestSpan,
  TestTrace,
} from '../../../engine/language/tree/ast.js';
import { isCallable } from '../../../engine/language/words/callable.js';
import {
  anyText,
  clause,
  duration,
  field,
  freeName,
  int,
  list,
  name,
  pipeline,
  point,
  ruleId,
  setting,
  signed,
  string,
} from './generate.js';
import { over, windowClause } from './generate-query.js';

/** Arbitrary files, of every kind of item. */

const range = { start: 0, end: 0 };

const attribute: fc.Arbitrary<TestAttribute> = fc
  .record({ field, value: fc.oneof(signed, list) })
  .map((node) => ({ kind: 'attribute' as const, ...node, range }));
const time = fc.oneof(duration, int);
const { span } = fc.letrec<{ span: TestSpan; entry: TestEntry }>((tie) => ({
  span: fc
    .record({
      service: name(fc.oneof(freeName, anyText)),
      name: string,
      start: time,
      end: time,
      entries: fc.array(tie('entry'), { maxLength: 3 }),
    })
    .map((node) => ({ kind: 'span' as const, ...node, range })),
  entry: fc.oneof(
    { maxDepth: 3 },
    attribute,
    fc
      .record({
        name: string,
        at: fc.option(time, { nil: undefined }),
        attributes: fc.array(attribute, { maxLength: 2 }),
      })
      .map(({ at, ...node }) => ({
        kind: 'event' as const,
        ...node,
        ...(at === undefined ? {} : { at }),
        range,
      })),
    fc
      .record({
        traceId: string,
        spanId: fc.option(string, { nil: undefined }),
        attributes: fc.array(attribute, { maxLength: 2 }),
      })
      .map(({ spanId, ...node }) => ({
        kind: 'link' as const,
        ...node,
        ...(spanId === undefined ? {} : { spanId }),
        range,
      })),
    tie('span'),
  ),
}));
const expectation: fc.Arbitrary<Expectation> = fc.oneof(
  fc
    .constantFrom('pass' as const, 'not applicable' as const, 'cannot tell' as const, 'undecided' as const)
    .map((verdict) => ({ verdict, range })),
  fc
    .record({
      clause: fc.option(
        fc.record({
          keyword: fc.constantFrom('always' as const, 'never' as const),
          index: fc.integer({ min: 1, max: 9 }),
        }),
        { nil: undefined },
      ),
      count: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    })
    .map(({ clause: expected, count }) => ({
      verdict: 'violation' as const,
      ...(expected === undefined ? {} : { clause: expected }),
      ...(count === undefined ? {} : { count }),
      range,
    })),
);

const testTrace: fc.Arbitrary<TestTrace> = fc
  .record({
    name: string,
    start: fc.option(duration, { nil: undefined }),
    spans: fc.array(span, { maxLength: 2 }),
  })
  .map(({ start, ...node }) => ({ ...node, ...(start === undefined ? {} : { start }), range }));

export const item: fc.Arbitrary<Item> = fc.oneof(
  string.map((path) => ({ kind: 'use' as const, path, range })),
  fc
    .record({ exported: fc.boolean(), name: name(freeName), value: pipeline })
    .map((node) => ({ kind: 'let' as const, ...node, range })),
  // Names that no generated pattern has, so that nothing else is taken for a parameter.
  fc
    .record({
      exported: fc.boolean(),
      name: name(freeName.filter(isCallable)),
      parameters: fc.uniqueArray(fc.constantFrom('limit_', 'of_', 'name_'), { minLength: 1 }),
      operator: fc.constantFrom('>' as const, '=' as const, 'contains' as const),
      operand: field,
    })
    .map(({ parameters, operator, operand, ...node }) => {
      const mention = (text: string) => ({ kind: 'parameter' as const, name: { text, range }, range });
      const left = { kind: 'field' as const, field: operand, range };
      const expressions = parameters.map((text) => ({
        kind: 'binary' as const,
        operator,
        left,
        right: mention(text),
        range,
      }));
      const stages = expressions.map((expression) => ({
        kind: 'spanset' as const,
        expression: { kind: 'filter' as const, expression, range },
        range,
      }));
      return {
        kind: 'let' as const,
        ...node,
        parameters: parameters.map((text) => ({ text, range })),
        value: { stages, range },
        range,
      };
    }),
  fc
    .record({
      exported: fc.boolean(),
      name: name(freeName),
      values: fc.oneof(
        fc.array(signed, { minLength: 1, maxLength: 3 }),
        string.map((path) => ({ kind: 'file' as const, path, range })),
      ),
    })
    .map((node) => ({ kind: 'list' as const, ...node, range })),
  fc
    .record({
      id: name(ruleId),
      settings: fc.array(setting, { maxLength: 3 }),
      clauses: fc.array(clause, { maxLength: 3 }),
    })
    .map((node) => ({ kind: 'rule' as const, ...node, range })),
  fc
    .record({
      id: name(ruleId),
      before: fc.array(setting, { maxLength: 2 }),
      over,
      after: fc.array(setting, { maxLength: 1 }),
      clauses: fc.array(windowClause, { maxLength: 2 }),
    })
    .map(({ before, over: window, after, ...node }) => ({
      kind: 'over rule' as const,
      ...node,
      settings: [...before, window, ...after],
      range,
    })),
  fc
    .record({
      title: string,
      rule: name(ruleId),
      at: fc.option(point, { nil: undefined }),
      from: fc.option(string, { nil: undefined }),
      spans: fc.array(span, { maxLength: 2 }),
      traces: fc.array(testTrace, { maxLength: 2 }),
      until: fc.option(duration, { nil: undefined }),
      expect: expectation,
    })
    .map(({ at, from, until, ...node }) => ({
      kind: 'test' as const,
      ...node,
      ...(at === undefined ? {} : { at }),
      ...(until === undefined ? {} : { until }),
      ...(from === undefined ? {} : { from }),
      range,
    })),
);
export const file: fc.Arbitrary<File> = fc
  .array(item, { maxLength: 4 })
  .map((items) => ({ items, comments: [] }));
