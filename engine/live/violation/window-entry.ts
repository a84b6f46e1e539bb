import type { WindowRulePlan } from '../../plan/window-plan.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import { type OutboxEntry, type OutgoingSpan, outgoingKey } from '../outbox/entry.js';
import { type WindowEmission, windowRetractionSpan, windowViolationSpan } from './window-span.js';

const WINDOW = 'window\0';

/** What the outbox knows a violated window by, in the place of a trace: keys of traces begin with their hex digits. */
export function windowKey(tenant: string, id: string): string {
  return `${WINDOW}${tenant}\0${id}`;
}

export function isWindowKey(key: string): boolean {
  return key.startsWith(WINDOW);
}

/** Violated windows of a rule as the outbox takes them: by the same index. */
export function windowEntries(
  tenant: string,
  rule: WindowRulePlan,
  windows: readonly WindowViolation[],
  emission: WindowEmission = {},
): { readonly entries: readonly OutboxEntry[]; readonly outgoing: readonly OutgoingSpan[] } {
  const entries = windows.map(
    ({ id, fromNs, toNs }): OutboxEntry => ({
      id,
      tenant,
      trace: windowKey(tenant, id),
      rule: rule.id,
      revision: rule.revision,
      generation: emission.generation ?? 0,
      stands: true,
      sees: [fromNs.toString(), toNs.toString()],
      retraction: windowRetractionSpan(rule, { id, fromNs }, emission.generation),
    }),
  );
  const outgoing = windows.map((window, n) => ({
    key: outgoingKey(entries[n]!),
    tenant,
    span: windowViolationSpan(rule, window, emission),
  }));
  return { entries, outgoing };
}
