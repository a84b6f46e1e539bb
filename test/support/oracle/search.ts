/** What a search shows of a trace: its spansets, what the stages of the query made of them, and fields of their spans. */

import { printAggregate, printExpression } from '../../../engine/language/print/print-expression.js';
import type { AggregateExpression, Field, Pipeline } from '../../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { askedBy, chosenOf } from './chosen.js';
import { fieldValue, isEventField, isLinkField, NO_BINDING } from './fields.js';
import { matchSpansets, type Spanset } from './spanset.js';
import { wholeTrace } from './structure.js';
import { NIL, type Value } from './values.js';

export interface SearchedSpanset {
  readonly made: readonly { readonly name: string; readonly value: Value }[];
  /** By start, id, kind and name, which tell spans apart. */
  readonly spans: readonly Span[];
}

export function searchTrace(pipeline: Pipeline, trace: Trace): readonly SearchedSpanset[] {
  const plain = withoutParens(pipeline);
  return matchSpansets(plain, trace).map((spanset) => ({
    made: madeOf(plain, spanset),
    spans: [...spanset.spans].sort(inOrder),
  }));
}

/** The values that a span has of a field; of events and links, those of each that satisfied the filters of the search. */
export function shownValues(
  field: Field,
  span: Span,
  trace: Trace,
  pipeline: Pipeline = { stages: [], range: field.range },
): readonly Value[] {
  const scene = { whole: wholeTrace(trace), binding: NO_BINDING, span };
  const { events = span.events, links = span.links } = chosenOf(
    span,
    askedBy(withoutParens(pipeline)),
    scene,
  );
  const scenes = isEventField(field)
    ? events.map((event) => ({ ...scene, event }))
    : isLinkField(field)
      ? links.map((link) => ({ ...scene, link }))
      : [scene];
  return scenes.map((scene) => fieldValue(field, scene)).filter(({ kind }) => kind !== 'nil');
}

/** Parentheses around the whole of a search change nothing. */
function withoutParens(pipeline: Pipeline): Pipeline {
  const [stage] = pipeline.stages;
  const whole =
    pipeline.stages.length === 1 && stage?.kind === 'spanset' && stage.expression.kind === 'group';
  return whole && stage.expression.kind === 'group' ? withoutParens(stage.expression.pipeline) : pipeline;
}

function madeOf({ stages }: Pipeline, { attributes }: Spanset): SearchedSpanset['made'] {
  return attributes.flatMap(({ stage: number, values }) => {
    const stage = stages[number]!;
    switch (stage.kind) {
      case 'by':
        return stage.expressions.map((expression, n) => ({
          name: `by(${printExpression(expression)})`,
          value: values[n] ?? NIL,
        }));
      case 'aggregate':
        return [stage.left, stage.right].flatMap((side, n) => {
          const value = values[n] ?? NIL;
          return isConstant(side) || value.kind === 'nil' ? [] : [{ name: printAggregate(side), value }];
        });
      default:
        return [];
    }
  });
}

function isConstant(side: AggregateExpression): boolean {
  switch (side.kind) {
    case 'literal':
      return true;
    case 'parameter':
    case 'call':
      return false;
    case 'negate':
      return isConstant(side.operand);
    case 'binary':
      return isConstant(side.left) && isConstant(side.right);
  }
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function inOrder(a: Span, b: Span): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
