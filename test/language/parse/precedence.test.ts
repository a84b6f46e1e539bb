import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import { printField, printLiteral } from '../../../engine/language/print/print.js';
import type { FieldExpression, Pipeline, SpansetExpression } from '../../../engine/language/tree/ast.js';
import type { MetricsExpression, MetricsNumber } from '../../../engine/language/tree/ast-query.js';

/** An expression with parentheses around every operation. */
function explicit(node: FieldExpression): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.literal);
    case 'field':
      return printField(node.field);
    case 'parameter':
      return node.name.text;
    case 'call':
      return `${node.function}(${explicit(node.operand)})`;
    case 'unary':
      return `(${node.operator}${explicit(node.operand)})`;
    case 'binary':
      return `(${explicit(node.left)} ${node.operator} ${explicit(node.right)})`;
    case 'in':
      return `(${explicit(node.operand)}${node.negated ? ' not' : ''} in ${node.items.map(printLiteral).join()})`;
  }
}

function spansets(node: SpansetExpression): string {
  switch (node.kind) {
    case 'filter':
      return '{ }';
    case 'name':
      return node.name.text;
    case 'group':
      return `[${stages(node.pipeline)}]`;
    case 'operation':
      return `(${spansets(node.left)} ${node.operator} ${spansets(node.right)})`;
  }
}

function stages(pipeline: Pipeline): string {
  return pipeline.stages
    .map((stage) => (stage.kind === 'spanset' ? spansets(stage.expression) : stage.kind))
    .join('|');
}

describe('precedence in filters', () => {
  it.each([
    ['.a || .b && .c', '((.a || .b) && .c)'],
    ['.a && .b || .c', '((.a && .b) || .c)'],
    ['.a = .b && .c = .d', '((.a = .b) && (.c = .d))'],
    ['.a = .b = .c', '((.a = .b) = .c)'],
    ['.a < .b != .c', '((.a < .b) != .c)'],
    ['.a + .b = .c - .d', '((.a + .b) = (.c - .d))'],
    ['.a - .b - .c', '((.a - .b) - .c)'],
    ['.a - .b + .c', '((.a - .b) + .c)'],
    ['.a + .b * .c', '(.a + (.b * .c))'],
    ['.a * .b + .c', '((.a * .b) + .c)'],
    ['.a / .b % .c', '((.a / .b) % .c)'],
    ['.a ^ .b ^ .c', '(.a ^ (.b ^ .c))'],
    ['.a * .b ^ .c', '(.a * (.b ^ .c))'],
    ['.a ^ .b * .c', '((.a ^ .b) * .c)'],
    ['-.a * .b', '(-(.a * .b))'],
    ['-.a + .b', '((-.a) + .b)'],
    ['-.a ^ .b', '(-(.a ^ .b))'],
    ['.a * -.b * .c', '(.a * (-(.b * .c)))'],
    ['.a * -.b + .c', '((.a * (-.b)) + .c)'],
    ['.a ^ -.b * .c', '(.a ^ (-(.b * .c)))'],
    ['.a ^ -.b ^ .c', '(.a ^ (-(.b ^ .c)))'],
    ['.a * .b ^ -.c * .d', '(.a * (.b ^ (-(.c * .d))))'],
    ['.a - -.b', '(.a - (-.b))'],
    ['!.a = .b', '((!.a) = .b)'],
    ['!.a * .b', '(!(.a * .b))'],
    ['!.a + .b', '((!.a) + .b)'],
    ['!.a && .b', '((!.a) && .b)'],
    ['!-.a + .b', '((!(-.a)) + .b)'],
    ['-!.a * .b', '(-(!(.a * .b)))'],
    ['.a = -.b = .c', '((.a = (-.b)) = .c)'],
    ['(.a || .b) && .c', '((.a || .b) && .c)'],
    ['.a || (.b && .c)', '(.a || (.b && .c))'],
    ['.a + .b = nil', '((.a + .b) = nil)'],
    ['nil = .a + .b', '(nil = (.a + .b))'],
    ['.a = .b = nil', '((.a = .b) = nil)'],
    ['.a + 1 in (1, 2) && .b', '(((.a + 1) in 1,2) && .b)'],
    ['.a not in (1) = true', '((.a not in 1) = true)'],
    ['.a contains "x" && .b starts with "y"', '((.a contains "x") && (.b starts with "y"))'],
    ['duration-1s > 2s', '((duration - 1s) > 2s)'],
    ['duration-span.a > 2s', '((duration - span.a) > 2s)'],
    ['.a-1 > 2', '(.a-1 > 2)'],
  ])('%s', (text, meant) => {
    const { query, diagnostics } = parseQuery(`{ ${text} }`);
    expect(diagnostics).toEqual([]);
    const stage = query?.kind === 'search' ? query.pipeline.stages[0] : undefined;
    if (stage?.kind !== 'spanset' || stage.expression.kind !== 'filter') throw new Error('no filter');
    expect(explicit(stage.expression.expression as FieldExpression)).toBe(meant);
  });
});

function numbers(node: MetricsExpression | MetricsNumber): string {
  switch (node.kind) {
    case 'selection':
      return 'm';
    case 'literal':
      return printLiteral(node.literal);
    case 'negate':
      return `(-${numbers(node.operand)})`;
    case 'operation':
    case 'binary':
      return `(${numbers(node.left)} ${node.operator} ${numbers(node.right)})`;
  }
}

describe('precedence in metrics', () => {
  it.each([
    ['m + m * m', '(m + (m * m))'],
    ['m - m - m', '((m - m) - m)'],
    ['m / m * m', '((m / m) * m)'],
    ['m * 2 + 1', '((m * 2) + 1)'],
    ['m + 1 * 2', '(m + (1 * 2))'],
    ['m + 1 + 2', '((m + 1) + 2)'],
    ['1 / 2 * m', '((1 / 2) * m)'],
    ['1 + 2 + m', '((1 + 2) + m)'],
    ['1 + 2 * m', '(1 + (2 * m))'],
    ['1 + 2 * 3 - m', '((1 + (2 * 3)) - m)'],
    ['-1 * 2 * m', '(((-1) * 2) * m)'],
    ['m - -1', '(m - (-1))'],
    ['-(1 + 2) * m', '((-(1 + 2)) * m)'],
    ['2 * (m + (m)) / (3)', '((2 * (m + m)) / 3)'],
  ])('%s', (text, meant) => {
    const { query, diagnostics } = parseQuery(text.replaceAll('m', '({ } | rate())'));
    expect(diagnostics).toEqual([]);
    expect(query?.kind === 'metrics' ? numbers(query.expression) : '').toBe(meant);
  });
});

describe('precedence among spansets', () => {
  it.each([
    ['a && b >> c', '(a && (b >> c))'],
    ['a >> b && c', '((a >> b) && c)'],
    ['a >> b >> c', '((a >> b) >> c)'],
    ['a || b && c', '((a || b) && c)'],
    ['a > b ~ c', '((a > b) ~ c)'],
    ['a && (b || c)', '(a && [(b || c)])'],
    ['((a))', '[[a]]'],
    ['a | b && c', 'a|(b && c)'],
    ['(a | b) && c', '([a|b] && c)'],
  ])('%s', (text, meant) => {
    const { query, diagnostics } = parseQuery(text);
    expect(diagnostics).toEqual([]);
    expect(query?.kind === 'search' ? stages(query.pipeline) : '').toBe(meant);
  });
});
