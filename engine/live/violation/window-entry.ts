import type { WindowRulePlan } from '../../plan/window-plan.js';
import type { RateRise } from '../../verdicts/rate-rise.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import { type OutboxEntry, type OutgoingSpan, outgoingKey } from '../outbox/entry.js';
import { type WindowBasis, windowRetractionSpan, windowViolationSpan } from './window-span.js';

const WINDOW = 'window\0';

/** What the outbox knows a violated window by, in the place of a trace: keys of traces begin with their hex digits. */
export function windowKey(tenant: string, id: string): string {
  return `${WINDOW}${tenant}\0${id}`;
}

export function isWindowKey(key: string): boolean {
  return key.startsWith(WINDOW);
}

/** Violated windows of a rule as the outbox takes them: by the same index. `since` is where it is known since when there are more of them, and `basis` what they were found in. */
export function windowEntries(
  tenant: string,
  rule: WindowRulePlan,
  windows: readonly WindowViolation[],
  { since, basis }: { readonly since?: RateRise; readonly basis?: WindowBasis } = {},
): { readonly entries: readonly OutboxEntry[]; readonly outgoing: readonly OutgoingSpan[] } {
  const entries = windows.map(
    ({ id, fromNs, toNs }): OutboxEntry => ({
      id,
      tenant,
      trace: windowKey(tenant, id),
      rule: rule.id,
      revision: rule.revision,
      // Stored blocks are asked once, so what they undo never comes back.
      generation: 0,
      stands: true,
      sees: [fromNs.toString(), toNs.toString()],
      retraction: windowRetractionSpan(rule, { id, fromNs }),
    }),
  );
  const outgoing = windows.map((window, n) => ({
    key: outgoingKey(entries[n]!),
    tenant,
    span: windowViolationSpan(rule, window, { since, basis }),
  }));
  return { entries, outgoing };
}
