import type { OverRulePlan } from '../../plan/over-plan.js';
import { type OutboxEntry, type OutgoingSpan, outgoingKey } from '../outbox/entry.js';
import { traceKey } from '../traces/open-trace.js';
import { overViolationSpan, type ViolatedWindow } from './over-span.js';

/** Violated windows of a rule as the outbox takes them: by the same index. */
export function overEntries(
  tenant: string,
  rule: OverRulePlan,
  windows: readonly ViolatedWindow[],
): { readonly entries: readonly OutboxEntry[]; readonly outgoing: readonly OutgoingSpan[] } {
  const entries = windows.map(
    ({ id }): OutboxEntry => ({
      ...{ id, tenant, trace: traceKey(tenant, id), rule: rule.id, revision: rule.revision },
      // There is no trace to be judged again, and so nothing to be retracted: the violation stands for itself.
      ...{ generation: 0, stands: true, retraction: undefined },
    }),
  );
  const outgoing = windows.map((window, n) => ({
    ...{ key: outgoingKey(entries[n]!), tenant },
    span: overViolationSpan(rule, window),
  }));
  return { entries, outgoing };
}
