import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { ofKind } from '../../engine/shared/of-kind.js';
import type { Logger } from '../shared/log.js';

/**
 * The rules that replicas judge live: each has a part of the spans, and rules across traces need those of all. They are named
 * in the log, and neither counted nor part of evidence, which would say that they had no cases.
 */
export function judgedByReplicas(rules: readonly ResolvedRule[], log: Logger): readonly ResolvedRule[] {
  const across = ofKind(rules, 'flow').map(({ item }) => item.id.text);
  if (across.length > 0)
    log.warn(
      { rules: across },
      'rules across traces are not judged live by replicas, each of which has a part of the spans: replay judges them',
    );
  return rules.filter(({ kind }) => kind !== 'flow');
}
