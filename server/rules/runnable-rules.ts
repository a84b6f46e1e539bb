/** The rules that a command runs: those of the named files, without mistakes, narrowed by `--rule`. */

import type { ResolvedOverRule, ResolvedRule } from '../../engine/language/link/resolved.js';
import { suggest } from '../../engine/language/problems/spelling.js';
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
    file.diagnostics
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
function isSound(id: string, { workspace, rules, overRules }: LoadedRules): boolean {
  const written = [...workspace.files.values()]
    .flatMap(({ file }) => file.items)
    .filter((item) => (item.kind === 'rule' || item.kind === 'over rule') && item.id.text === id);
  return written.length === 1 && [...rules, ...overRules].some(({ item }) => item.id.text === id);
}

/**
 * The enabled rules, or those with the given ids; who names a disabled rule wants it. Throws `UsageError` for an id that
 * no rule has, and where nothing is left to run.
 */
export function selectRules<T extends ResolvedRule | ResolvedOverRule>(
  rules: readonly T[],
  ids: readonly string[] | undefined,
): readonly T[] {
  if (ids === undefined) {
    const enabled = rules.filter(({ settings }) => settings.enabled);
    if (enabled.length > 0) return enabled;
    throw new UsageError(
      rules.length > 0 ? 'every rule in these files is disabled.' : 'there is no rule in these files.',
    );
  }
  return [...new Set(ids)].map((id) => {
    const rule = rules.find(({ item }) => item.id.text === id);
    if (rule) return { ...rule, settings: { ...rule.settings, enabled: true } };
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

/** What a command runs of the loaded rules: those of one trace, and those over many. As `selectRules`. */
export function selectLoaded(
  { rules, overRules }: Pick<LoadedRules, 'rules' | 'overRules'>,
  ids: readonly string[] | undefined,
): { readonly rules: readonly ResolvedRule[]; readonly overRules: readonly ResolvedOverRule[] } {
  const chosen = new Map(selectRules([...rules, ...overRules], ids).map((one) => [one.item.id.text, one]));
  const of = <T extends ResolvedRule | ResolvedOverRule>(all: readonly T[]): readonly T[] =>
    all.flatMap((rule) => {
      const one = chosen.get(rule.item.id.text);
      return one === undefined ? [] : [{ ...rule, settings: one.settings }];
    });
  return { rules: of(rules), overRules: of(overRules) };
}
