/** The rules that a command runs: those of the named files, without mistakes, narrowed by `--rule`. */

import { enabled } from '../../engine/language/link/enabled.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { triedDiagnostics } from '../../engine/language/link/tried-diagnostics.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import { isRuleItem } from '../../engine/language/tree/rule-item.js';
import { plural } from '../shared/numbers.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';
import { diagnosticText } from './diagnostics.js';
import { type LoadedRules, loadRules } from './read-rules.js';

/**
 * Prints the errors of rule files; undefined if there are any. Warnings are for `betrace check`.
 *
 * @param ids where only these rules are wanted, errors elsewhere are counted and stop nothing
 */
export async function loadSoundRules(
  patterns: readonly string[],
  terminal: Terminal,
  ids?: readonly string[],
): Promise<LoadedRules | undefined> {
  const loaded = await loadRules(patterns);
  const { files } = loaded.workspace;
  const errors = [...files.values()].flatMap((file) =>
    triedDiagnostics(loaded.workspace, file.path)
      .filter(({ severity }) => severity === 'error')
      .map((diagnostic) => diagnosticText(file, diagnostic, files, terminal.errStyle, terminal.width)),
  );
  if (errors.length === 0) return loaded;
  if (ids?.every((id) => isSound(id, loaded))) {
    terminal.err(`${plural(errors.length, 'error')} elsewhere in these files, which betrace check shows.\n`);
    return loaded;
  }
  for (const text of errors) terminal.err(`${text}\n`);
  terminal.err(`${plural(errors.length, 'error')} in rules: nothing was run.\n`);
  return undefined;
}

/** Whether an id means one rule, and that has no mistake. */
function isSound(id: string, { workspace, rules }: LoadedRules): boolean {
  const written = [...workspace.files.values()]
    .flatMap(({ file }) => file.items)
    .filter((item) => isRuleItem(item) && item.id.text === id);
  return written.length === 1 && rules.some(({ item }) => item.id.text === id);
}

/**
 * The enabled rules, or those with the given ids; who names a disabled rule wants it. Throws `UsageError` for an id that
 * no rule has, and where nothing is left to run.
 */
export function selectRules(
  rules: readonly ResolvedRule[],
  ids: readonly string[] | undefined,
): readonly ResolvedRule[] {
  if (ids === undefined) {
    const wanted = rules.filter(({ settings }) => settings.enabled);
    if (wanted.length > 0) return wanted;
    throw new UsageError(
      rules.length > 0 ? 'every rule in these files is disabled.' : 'there is no rule in these files.',
    );
  }
  return [...new Set(ids)].map((id) => {
    const rule = rules.find(({ item }) => item.id.text === id);
    if (rule) return enabled(rule);
    const known = rules.map(({ item }) => item.id.text);
    const guess = suggest(id, known);
    const hint = guess
      ? ` Did you mean "${guess}"?`
      : known.length > 0
        ? ` There is ${known.join(', ')}.`
        : '';
    throw new UsageError(`--rule: no rule is called "${id}".${hint}`);
  });
}

/** As `selectRules`, in the order of the rules and not of the ids. */
export function selectInOrder(
  rules: readonly ResolvedRule[],
  ids: readonly string[] | undefined,
): readonly ResolvedRule[] {
  const chosen = new Map(selectRules(rules, ids).map((rule) => [rule.item.id.text, rule]));
  return rules.flatMap(({ item }) => chosen.get(item.id.text) ?? []);
}
