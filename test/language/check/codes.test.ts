import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import type { CodeEntry } from '../../../engine/language/problems/codes/entry.js';
import { MEANING_CODES } from '../../../engine/language/problems/meaning-codes.js';
import type { FieldCatalogue, KnownField } from '../../../engine/language/tree/catalogue.js';

const stored: FieldCatalogue = {
  attributes: new Map([
    [
      'span',
      new Map<string, KnownField>([
        ['http.status_code', { types: ['int'] }],
        ['order.id', { types: ['string'], acrossTraces: true }],
        ['currency', { types: ['string'], values: ['EUR', 'USD'] }],
      ]),
    ],
  ]),
};
const entries = Object.entries<CodeEntry & { readonly example: string }>(MEANING_CODES);

describe('the example of a code produces that code and no other', () => {
  test.each(entries)('%s', (code, { example, others, lists, needsFields, severity }) => {
    const files = new Map([['example.betrace', example], ...Object.entries(others ?? {})]);
    const { files: checked } = loadWorkspace(files, undefined, {
      ...(needsFields ? { catalogue: stored } : {}),
      readList: (_, path) => {
        const text = lists?.[path];
        return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
      },
    });
    const found = [...checked.values()].flatMap((file) => file.diagnostics);
    expect(new Set(found.map((diagnostic) => diagnostic.code))).toEqual(new Set([code]));
    expect(new Set(found.map((diagnostic) => diagnostic.severity))).toEqual(new Set([severity]));
  });
});

test('every documented code is raised somewhere, and every raised one documented', () => {
  const root = new URL('../../../engine/language/', import.meta.url);
  const sources = [
    ...readdirSync(new URL('check/', root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `check/${name}`),
    'words/settings.ts',
  ].map((name) => readFileSync(new URL(name, root), 'utf8'));
  const raised = new Set(sources.flatMap((source) => source.match(/BT2\d{3}/gu) ?? []));
  expect([...raised].sort()).toEqual(entries.map(([code]) => code).sort());
});
