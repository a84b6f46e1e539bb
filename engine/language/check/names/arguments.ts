import { type Fix, removeFix } from '../../problems/diagnostic.js';
import type { MeaningCode } from '../../problems/meaning-codes.js';
import { collector, type ReportExtra } from '../../problems/report.js';
import { fillPipeline } from '../../scope/fill.js';
import type { LetDefinition } from '../../scope/scope.js';
import type { FieldExpression, Pipeline, Range, SpansetName } from '../../tree/ast.js';
import { namesOf } from '../../tree/walk.js';
import type { ItemContext } from '../context.js';
import { checkPipeline } from '../types/pipelines.js';
import type { KnownLet } from '../world.js';

/** Checks what a pattern is given where it is used: as many values as it has parameters, each of a type that fits where it goes. */
export function checkArguments(node: SpansetName, { item }: KnownLet, context: ItemContext): void {
  const { parameters = [] } = item;
  const given = node.arguments ?? [];
  if (context.broken(node.range)) return;
  if (given.length !== parameters.length) {
    reportNumber(node, parameters.length, context);
    return;
  }
  const definition = given.length === 0 ? undefined : context.world.letNamed(context.path, node.name.text);
  if (definition === undefined || context.world.faultOf(definition) !== undefined) return;
  // What is given keeps ranges that nothing in the pattern has, so that a mistake in it can be distinguished from one in the pattern.
  const apart = given.map(movedApart);
  const reported = new Set<string>();
  for (const { code, range, message, fixes } of mistakesIn(definition, apart, context)) {
    const givenRange = range.start >= APART ? movedBack(range) : undefined;
    const extra: ReportExtra = fixes === undefined ? {} : { fixes: fixes.map(fixMovedBack) };
    const key = JSON.stringify([code, givenRange]);
    if (reported.has(key)) continue;
    reported.add(key);
    if (
      givenRange !== undefined &&
      given.some((fieldExpression) => isInside(givenRange, fieldExpression.range))
    )
      context.report(code as MeaningCode, givenRange, message, extra);
    else {
      const all = { start: given[0]!.range.start, end: given.at(-1)!.range.end };
      context.report('BT2721', all, `With this, \`${node.name.text}\` has a mistake in it: ${message}`);
    }
  }
}

/** A bound span is itself, whatever it would be given. */
export function checkBoundArguments(node: SpansetName, { report }: ItemContext): void {
  if (node.arguments === undefined) return;
  const { range, text } = node.name;
  report('BT2720', node.range, `\`${text}\` is a bound span, which is given nothing.`, {
    fixes: [removeFix('Remove the parentheses', { start: range.end, end: node.range.end })],
  });
}

function reportNumber(node: SpansetName, wanted: number, { report }: ItemContext): void {
  const { name, arguments: given = [] } = node;
  const values = (n: number): string => (n === 1 ? '1 value' : n === 0 ? 'no value' : `${n} values`);
  const fixes: Fix[] = [];
  if (wanted === 0 && given.length > 0)
    fixes.push(removeFix('Remove the parentheses', { start: name.range.end, end: node.range.end }));
  else if (given.length > wanted)
    fixes.push(
      removeFix('Remove what is too much', {
        start: given[wanted - 1]!.range.end,
        end: given.at(-1)!.range.end,
      }),
    );
  report(
    'BT2720',
    node.range,
    `\`${name.text}\` takes ${values(wanted)}, and is given ${values(given.length)}.`,
    fixes.length === 0 ? {} : { fixes },
  );
}

/** The errors in a pattern once it is filled in, and in the patterns that it hands its values on to. */
function mistakesIn(
  definition: LetDefinition,
  given: readonly FieldExpression[],
  context: ItemContext,
): ReturnType<typeof collector>['diagnostics'] {
  const { diagnostics, report } = collector();
  const filled = filledIn(definition, given);
  checkPipeline(filled, report);
  const found = diagnostics.filter(({ severity }) => severity === 'error');
  const inner = [...namesOf(filled)].flatMap(({ node }) => {
    const next = context.world.letNamed(definition.path, node.name.text);
    const values = node.arguments ?? [];
    const fits = next !== undefined && values.length > 0 && values.length === next.item.parameters?.length;
    return fits ? mistakesIn(next, values, context) : [];
  });
  return [...found, ...inner];
}

/** The pattern with values in the place of its parameters. */
export function filledIn({ item }: LetDefinition, given: readonly FieldExpression[]): Pipeline {
  const values = (item.parameters ?? []).flatMap(({ text }, n) =>
    given[n] === undefined ? [] : [[text, given[n]] as const],
  );
  return fillPipeline(item.value, { parameters: new Map(values), list: () => undefined });
}

/** Beyond the end of any text. */
const APART = 2 ** 40;

function movedApart<T>(tree: T): T {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === 'range' ? { start: inner.start + APART, end: inner.end + APART } : copy(inner),
      ]),
    );
  };
  return copy(tree) as T;
}

function movedBack({ start, end }: Range): Range {
  return { start: start - APART, end: end - APART };
}

function fixMovedBack(fix: Fix): Fix {
  return {
    ...fix,
    edits: fix.edits.map((edit) =>
      edit.range.start < APART ? edit : { ...edit, range: movedBack(edit.range) },
    ),
  };
}

function isInside(inner: Range, outer: Range): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
