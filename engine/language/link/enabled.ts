import type { ResolvedRule } from './resolved.js';

/** A rule that is asked for is judged also where its settings disable it. */
export function enabled<T extends ResolvedRule>(rule: T): T {
  return rule.settings.enabled ? rule : { ...rule, settings: { ...rule.settings, enabled: true } };
}
