import type { ResolvedFlowRule, ResolvedWindowRule } from '../../language/link/resolved.js';

/** Why a query does not list the violations of a rule that does not judge each trace by itself, and what does. */
export function whyUnlisted({ kind, item }: ResolvedFlowRule | ResolvedWindowRule): string {
  const id = item.id.text;
  switch (kind) {
    case 'flow':
      return `\`${id}\` is a rule across traces, which queries do not judge: a replay does, and a service as spans come`;
    case 'window':
      return `\`${id}\` is a rule over many traces, which no single trace violates: count its violated windows with \`violations of ${id} | count_over_time()\``;
  }
}
