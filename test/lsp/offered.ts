import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KnownAttribute, TraceCatalogue } from '../../lsp/catalogue/catalogue.js';
import type { CompletionEntry } from '../../lsp/features/completion/entry.js';

/** What a person sees of a list without scrolling far. */
export const SEEN = 30;

const attribute = (scope: KnownAttribute['scope'], key: string, type: 'string' | 'int' | 'bool') =>
  ({ scope, key, types: [type], count: 9, values: [{ text: type === 'int' ? '7' : 'true' }] }) as const;

export const CATALOGUE: TraceCatalogue = {
  spans: 10,
  attributes: [
    attribute('span', 'tenant.id', 'string'),
    attribute('span', 'amount', 'int'),
    attribute('span', 'with a blank', 'bool'),
    attribute('resource', 'service.name', 'string'),
    attribute('event', 'level', 'string'),
  ],
  spanNames: [{ text: 'GET /orders' }, { text: 'say "yes"' }],
  services: [{ text: 'shop' }, { text: 'two words' }, { text: 'expect' }],
};

/** As an editor lists them. */
export function inOrder(entries: readonly CompletionEntry[]): readonly CompletionEntry[] {
  return entries.toSorted((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1));
}

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** The files of rules in folders of the repository. */
export function ruleFiles(...folders: readonly string[]): readonly RuleFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.betrace'))
        .map((name) => resolve(folder, name)),
    )
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
