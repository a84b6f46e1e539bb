import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';

/** Of a text without errors. */
export function resolvedRules(text: string): readonly ResolvedRule[] {
  const { rules, files } = loadWorkspace(new Map([['rules.betrace', text]]));
  const errors = [...files.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter(({ severity }) => severity === 'error'),
  );
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return rules;
}
