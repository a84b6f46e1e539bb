import type { DurationLiteral, Literal, TestAttribute, TestItem, TestSpan } from '../language/tree/ast.js';
import { asNumber, type ExampleSpan, type ExampleValue } from './example.js';
import { boolLiteral, numberLiteral, spanAttribute, stringLiteral } from './nodes.js';

const range = { start: 0, end: 0 };
const MS = 1_000_000n;

/**
 * A test of the example that a rule came with, which is to break it. Its spans had no times: they follow each other. What the
 * rule compares with numbers is a number, though it stood in a text.
 */
export function exampleTest(
  rule: string,
  { description, spans }: { readonly description?: string; readonly spans: readonly ExampleSpan[] },
  isNumber: (key: string) => boolean,
): TestItem {
  return {
    kind: 'test',
    title: quoted(description ?? 'the example of the older rule'),
    rule: { text: rule, range },
    spans: spans.map((span, index) => testSpan(span, index, isNumber)),
    traces: [],
    expect: { verdict: 'violation', range },
    range,
  };
}

function testSpan(
  { name, attributes }: ExampleSpan,
  index: number,
  isNumber: (key: string) => boolean,
): TestSpan {
  return {
    kind: 'span',
    service: { text: 'example', range },
    name: quoted(name),
    start: milliseconds(index * 10),
    end: milliseconds(index * 10 + 5),
    entries: [...attributes].map(
      ([key, value]): TestAttribute => ({
        kind: 'attribute',
        field: spanAttribute(key),
        value: literalOf(isNumber(key) ? (asNumber(value) ?? value) : value),
        range,
      }),
    ),
    range,
  };
}

function quoted(value: string): Extract<Literal, { kind: 'string' }> {
  return { kind: 'string', value, raw: '', range };
}

function milliseconds(count: number): DurationLiteral {
  return { kind: 'duration', value: BigInt(count) * MS, raw: '', range };
}

function literalOf(value: ExampleValue): Literal {
  switch (typeof value) {
    case 'string':
      return stringLiteral(value);
    case 'number':
      return numberLiteral(String(value));
    case 'boolean':
      return boolLiteral(value);
  }
}
