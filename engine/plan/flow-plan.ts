/** What a rule across traces judges: the spans of one key, in whatever traces they are. See `Rules across traces` of the reference. */
import type { Across } from '../language/words/settings.js';
import { type FieldPlan, fieldText } from './expression.js';
import { FIRST, lowerField } from './lower/lower-expression.js';

/** Which spans make up a flow, and how far a case sees. */
export type FlowPlan = {
  /** Nanoseconds before the bound spans and after them; without any, the longest pause in a piece of a flow. Decimal text. */
  readonly within: string;
} & FlowKeyPlan;

export type FlowKeyPlan =
  /** Spans with equal values of all fields, in the order of the text. */
  | { readonly kind: 'key'; readonly fields: readonly KeyFieldPlan[] }
  /** The trace of a bound span, and the traces that are linked with it. */
  | { readonly kind: 'links' };

export interface KeyFieldPlan {
  readonly field: FieldPlan;
  /** As a reader would write it. */
  readonly text: string;
}

export function lowerAcross({ fields, withinNs }: Across): FlowPlan {
  const within = withinNs.toString();
  if (fields.length === 0) return { kind: 'links', within };
  return {
    kind: 'key',
    fields: fields.map((field) => {
      const plan = lowerField(field, FIRST);
      return { field: plan, text: fieldText(plan) };
    }),
    within,
  };
}

/** The names of the values in a flow's key, in their order. */
export function keyNames(flow: FlowKeyPlan): readonly string[] {
  return flow.kind === 'links' ? ['trace:id'] : flow.fields.map(({ text }) => text);
}
