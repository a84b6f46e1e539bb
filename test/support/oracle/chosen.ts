/** Which events and links of a span count behind filters: those that satisfied the last stage that asked for one. */
import type { FieldExpression, Pipeline, SpansetExpression } from '../../../engine/language/tree/ast.js';
import type { Span } from '../../../engine/otlp/model.js';
import { asksForEvent, asksForLink, satisfiedBy } from './expression.js';
import type { Chosen, Scene } from './fields.js';

/** A filter of a spanset; undefined for `{ }`, and for a bound span, which asks for nothing. */
type Filter = FieldExpression | undefined;

/** The filters to be satisfied, any one of them; absent where nothing was asked. */
export interface Asked {
  readonly event?: readonly Filter[];
  readonly link?: readonly Filter[];
}

/** What was asked once the spans have gone through one more spanset. */
export function afterSpanset(before: Asked, expression: SpansetExpression): Asked {
  return afterFilters(before, sources(expression));
}

export function afterFilters(before: Asked, filters: readonly Filter[]): Asked {
  return {
    ...before,
    ...(filters.some(asksForEvent) && { event: filters }),
    ...(filters.some(asksForLink) && { link: filters }),
  };
}

/** What was tested of the spans of a whole pattern. */
export function askedBy(pipeline: Pipeline, where?: FieldExpression): Asked {
  let asked: Asked = {};
  for (const stage of pipeline.stages)
    if (stage.kind === 'spanset') asked = afterSpanset(asked, stage.expression);
  return where ? afterFilters(asked, [where]) : asked;
}

export function chosenOf(span: Span, asked: Asked, scene: Omit<Scene, 'span'>): Chosen {
  const here = { ...scene, span };
  const { event, link } = asked;
  return {
    ...(event && {
      events: span.events.filter((item) => event.some((f) => satisfiedBy(f, { ...here, event: item }))),
    }),
    ...(link && {
      links: span.links.filter((item) => link.some((f) => satisfiedBy(f, { ...here, link: item }))),
    }),
  };
}

/** The filters by which a span may have come through: of structure only the right side gives spans. */
function sources(expression: SpansetExpression): readonly Filter[] {
  switch (expression.kind) {
    case 'filter':
      return [expression.expression];
    case 'name':
      return [undefined];
    case 'operation': {
      const { operator, left, right } = expression;
      const givesBoth = ['&&', '||', '&>', '&>>', '&<', '&<<', '&~'].includes(operator);
      return givesBoth ? [...sources(left), ...sources(right)] : sources(right);
    }
    case 'group': {
      const stages = expression.pipeline.stages.flatMap((stage) =>
        stage.kind === 'spanset' ? [sources(stage.expression)] : [],
      );
      const asking = stages.filter((filters) => filters.some(asksForEvent) || filters.some(asksForLink));
      return asking.at(-1) ?? stages.at(-1) ?? [undefined];
    }
  }
}
