import type { OldCondition, OldOperator, OldRule, OldTest, OldValue } from './old-ast.js';

/** A span of the example that old rules carry: a name and attributes, without times. */
export interface ExampleSpan {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, ExampleValue>;
}

export type ExampleValue = string | number | boolean;

/** The ids that spans of several names all have, with one value: what they are about, which may continue in other traces. */
export function sharedIds(spans: readonly ExampleSpan[]): readonly string[] {
  const [first] = spans;
  if (first === undefined || new Set(spans.map(({ name }) => name)).size < 2) return [];
  return [...first.attributes.keys()].filter(
    (key) =>
      /(?:^|[._-])id$/u.test(key) &&
      spans.every(({ attributes }) => attributes.get(key) === first.attributes.get(key)),
  );
}

/** Whether the example breaks the rule. Texts that are numbers compare as numbers, as everything did in the old engine. */
export function violates(rule: OldRule, spans: readonly ExampleSpan[]): boolean {
  if (!holds(rule.when, spans)) return false;
  if (rule.always !== undefined && !holds(rule.always, spans)) return true;
  return rule.never !== undefined && holds(rule.never, spans);
}

/** The clause that would have to be the other one for the example to break the rule. */
export function invertedClause(rule: OldRule, spans: readonly ExampleSpan[]): 'always' | 'never' | undefined {
  const { when, always, never } = rule;
  if (violates(rule, spans)) return undefined;
  if (never !== undefined && violates({ when, always: never }, spans)) return 'never';
  if (always !== undefined && violates({ when, never: always }, spans)) return 'always';
  return undefined;
}

function holds(condition: OldCondition, spans: readonly ExampleSpan[]): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.operands.every((operand) => holds(operand, spans));
    case 'or':
      return condition.operands.some((operand) => holds(operand, spans));
    case 'not':
      return !holds(condition.operand, spans);
    case 'count': {
      const count = (name: string): number => spans.filter((span) => span.name === name).length;
      const { right } = condition;
      const other = right.kind === 'count' ? count(right.name) : plainValue(right);
      return compares(condition.operator, count(condition.name), other) === true;
    }
    case 'span': {
      const { name, where, compared } = condition;
      const dot = name.lastIndexOf('.');
      if (compared === undefined)
        return spans.some((span) => span.name === name && where.every((test) => isTrue(test, span)));
      const key = name.slice(dot + 1);
      const test = {
        kind: 'compare',
        attribute: { key, bare: false },
        operator: compared.operator,
        right: compared.right,
      } as const;
      return spans.some(
        (span) =>
          span.name === name.slice(0, dot) && [...where, test].every((oldTest) => isTrue(oldTest, span)),
      );
    }
  }
}

function isTrue(test: OldTest, span: ExampleSpan): boolean {
  return truth(test, span) === true;
}

/** Undefined where an attribute is missing. */
function truth(test: OldTest, span: ExampleSpan): boolean | undefined {
  switch (test.kind) {
    case 'and': {
      const parts = test.operands.map((operand) => truth(operand, span));
      return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
    }
    case 'or': {
      const parts = test.operands.map((operand) => truth(operand, span));
      return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false;
    }
    case 'not': {
      const inner = truth(test.operand, span);
      if (test.operand.kind === 'flag') return inner !== true;
      return inner === undefined ? undefined : !inner;
    }
    case 'flag':
      return span.attributes.has(test.attribute.key)
        ? span.attributes.get(test.attribute.key) === true
        : undefined;
    case 'compare': {
      const left = span.attributes.get(test.attribute.key);
      if (left === undefined) return undefined;
      const { operator, right } = test;
      const isOrder = operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
      if (right.kind === 'word' && isOrder) {
        const other = span.attributes.get(right.value);
        return other === undefined ? undefined : compares(operator, left, other);
      }
      if (operator === 'in') {
        return right.kind === 'list' && right.items.some(({ text }) => String(left) === text);
      }
      return compares(operator, left, plainValue(right));
    }
  }
}

function plainValue(value: OldValue): ExampleValue {
  switch (value.kind) {
    case 'string':
    case 'word':
      return value.value;
    case 'number':
      return Number(value.text);
    case 'bool':
      return value.value;
    case 'count':
      return value.name;
    case 'list':
      return '';
  }
}

/** A number written as text: the old engine kept every attribute so. */
export function asNumber(value: ExampleValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/u.test(value) ? Number(value) : undefined;
}

function compares(operator: OldOperator, left: ExampleValue, right: ExampleValue): boolean | undefined {
  const [l, r] = [asNumber(left), asNumber(right)];
  const isPart = operator === 'contains' || operator === 'matches';
  return isPart || l === undefined || r === undefined
    ? comparesAsIs(operator, left, right)
    : comparesAsIs(operator, l, r);
}

/** Undefined for a regular expression that cannot be read. */
function comparesAsIs(operator: OldOperator, left: ExampleValue, right: ExampleValue): boolean | undefined {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return typeof left === typeof right && left !== right;
    case '<':
      return typeof left === typeof right && left < right;
    case '<=':
      return typeof left === typeof right && left <= right;
    case '>':
      return typeof left === typeof right && left > right;
    case '>=':
      return typeof left === typeof right && left >= right;
    case 'contains':
      return String(left).includes(String(right));
    case 'matches':
      try {
        return new RegExp(String(right), 'su').test(String(left));
      } catch {
        return undefined;
      }
    case 'in':
      return false;
  }
}
