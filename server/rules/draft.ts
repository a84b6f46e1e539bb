/** A text in which somebody changes a rule that is in force, to see what the change would find. */
import { dirname, join } from 'node:path';
import type { RuleDraftJson } from '../../engine/answers/rule.js';
import type { ResolvedRule, Workspace } from '../../engine/language/link/resolved.js';
import { printItem } from '../../engine/language/print/print.js';
import { displayPath } from './read-rules.js';

/** The rule, after the patterns and lists of its file that it mentions, and after a `use` of each file that others are of. */
export function draftOf(rule: ResolvedRule, { scopes }: Workspace): RuleDraftJson {
  const { lets = new Map(), lists = new Map(), uses = [] } = scopes.get(rule.path) ?? {};
  const definitions = new Map([...lets, ...lists]);
  const texts = [printItem(rule.item)];
  const files = new Set<string>();
  // What is mentioned may mention others.
  for (let place = 0; place < texts.length; place++)
    for (const [name, { path, item }] of definitions) {
      if (!mentions(texts[texts.length - 1 - place]!, name)) continue;
      definitions.delete(name);
      if (path === rule.path) texts.unshift(printItem({ ...item, exported: false }));
      else files.add(path);
    }
  const used = uses.filter(({ target }) => target !== undefined && files.has(target));
  return {
    text: `${[...used.map(({ item }) => printItem(item)), ...texts].join('\n\n')}\n`,
    path: displayPath(join(dirname(rule.path), 'trial.betrace')),
  };
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'u').test(text);
}
