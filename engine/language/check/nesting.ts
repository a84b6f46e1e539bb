import type { Range } from '../tree/ast.js';
import { keywordsFor } from '../words/words.js';

/**
 * How deep an expression may be for the database, which refuses expressions past a depth of 1 000. An arithmetic
 * operator becomes several operations there, since each of them may have no result; a chain of one logical operator in a filter is flat.
 */
const MOST = 900;
const ARITHMETIC_COST = 8;
/** A structural operator is a join, and the time to plan joins grows faster than their number. */
const SPANSET_COST = 4;
const OTHER_COST = 2;
/** A function of a time in a zone looks the offset up by halves. */
const CALL_COST = 3 * ARITHMETIC_COST;

const ARITHMETIC: ReadonlySet<unknown> = new Set(['+', '-', '*', '/', '%', '^']);
const VALUE_FUNCTIONS: ReadonlySet<unknown> = new Set(keywordsFor('value function'));
const LOGICAL: ReadonlySet<unknown> = new Set(['&&', '||']);
const WITHOUT_OPERATOR: ReadonlySet<unknown> = new Set(['and', 'or', 'not']);

/**
 * The outermost expression of an item that nests its operators too deeply to be compiled. It keeps its own stack, like
 * `measure`, for the sake of hostile text.
 */
export function deepExpression(item: object): Range | undefined {
  const stack: Visit[] = [{ value: item, cost: 0 }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (typeof top.value !== 'object' || top.value === null) continue;
    const node = top.value as NestedNode;
    const operator = operatorOf(node);
    const isFlat = node.kind === 'binary' && operator === top.operator && LOGICAL.has(operator);
    const cost = top.cost + (isFlat ? 0 : costOf(node.kind, operator));
    const outermost = top.outermost ?? (operator === undefined ? undefined : node.range);
    if (cost > MOST) return outermost;
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'range') stack.push({ value, cost, operator: operator ?? top.operator, outermost });
    }
  }
  return undefined;
}

interface NestedNode {
  readonly kind?: unknown;
  readonly operator?: unknown;
  readonly function?: unknown;
  readonly range?: Range;
}

interface Visit {
  readonly value: unknown;
  readonly cost: number;
  /** The operator that the node is an operand of. */
  readonly operator?: unknown;
  readonly outermost?: Range | undefined;
}

function operatorOf(node: NestedNode): unknown {
  if (node.kind === 'negate') return '-';
  if (node.kind === 'call' && VALUE_FUNCTIONS.has(node.function)) return 'call';
  return WITHOUT_OPERATOR.has(node.kind) ? node.kind : node.operator;
}

function costOf(kind: unknown, operator: unknown): number {
  if (operator === undefined) return 0;
  if (kind === 'operation') return SPANSET_COST;
  if (kind === 'call') return CALL_COST;
  return ARITHMETIC.has(operator) ? ARITHMETIC_COST : OTHER_COST;
}
