/** A text of rules that somebody sent, checked together with the rules that the service runs. */
import { linkWorkspace } from '../../engine/language/link/link.js';
import { parseWorkspaceFile } from '../../engine/language/link/parsed-file.js';
import type { ResolvedRule, Workspace } from '../../engine/language/link/resolved.js';
import { NO_LIST_FILES, type ReadList } from '../../engine/language/scope/lists.js';
import { relativeResolver } from '../../engine/language/scope/scope.js';
import type { FieldCatalogue } from '../../engine/language/tree/catalogue.js';
import type { RuleStore } from './rule-store.js';

export interface TextRules {
  readonly path: string;
  readonly workspace: Workspace;
  /** The sound rules of the text. */
  readonly rules: readonly ResolvedRule[];
}

/**
 * As if the text were the file at `path`. `use` finds the files that the service has read and no others, and a list of the text is in no file: a text from outside is
 * no reason to read from this machine's disk. Rules of other files do not take its ids away, as it need not be added to them.
 * With a catalogue, attributes that no stored span carries are warned of.
 */
export function readText(
  store: RuleStore,
  text: string,
  path: string,
  catalogue?: FieldCatalogue,
): TextRules {
  const own = parseWorkspaceFile(path, text);
  const known = store.state.newest.files;
  const resolver = relativeResolver(new Map([...known, [path, own]]));
  const parsed = new Map([[path, own]]);
  for (const file of parsed.values())
    for (const item of file.file.items) {
      const target = item.kind === 'use' ? resolver(file.path, item.path.value) : undefined;
      const found = target === undefined ? undefined : known.get(target);
      if (target !== undefined && found !== undefined && !parsed.has(target)) parsed.set(target, found);
    }
  const { lists } = store.state;
  const readList: ReadList = (from, named) =>
    from === path ? NO_LIST_FILES(from, named) : lists.read(from, named);
  const workspace = linkWorkspace(parsed, resolver, {
    readList,
    ...(catalogue !== undefined && { catalogue }),
  });
  return {
    path,
    workspace,
    rules: workspace.rules.filter((rule) => rule.path === path),
  };
}
