import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadRules } from '../../../server/rules/read-rules.js';
import { RuleStore } from '../../../server/rules/rule-store.js';
import { readText } from '../../../server/rules/text-rules.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'betrace-lists-'));
  await mkdir(join(folder, 'rules/lists'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rule = (path: string): string =>
  `export let eu = list from "${path}"\nrule r { never { span.a in eu } }`;
const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const rules = (): string => join(folder, 'rules');

async function codes(): Promise<readonly string[]> {
  const { workspace } = await loadRules([rules()]);
  return [...workspace.files.values()].flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code));
}

describe('the file of a list', () => {
  test.each(['eu.txt', './eu.txt', 'lists/eu.txt'])(
    'is read from the folder of the rules, %s',
    async (path) => {
      await write(`rules/${path}`, 'DE\nFR\n');
      await write('rules/a.betrace', rule(path));
      const { rules: sound } = await loadRules([rules()]);
      expect(await codes()).toEqual([]);
      expect(sound).toHaveLength(1);
    },
  );

  test('is read from a folder above the file, but within those of the rules', async () => {
    await write('rules/eu.txt', 'DE');
    await write('rules/lists/a.betrace', rule('../eu.txt'));
    await write('rules/b.betrace', 'rule other { never { name = "x" } }');
    expect(await codes()).toEqual([]);
  });

  test.each(['missing.txt', '../eu.txt', '/etc/hostname', 'lists', ''])('is no other, %s', async (path) => {
    await write('eu.txt', 'DE');
    await write('rules/a.betrace', rule(path));
    expect(await codes()).toEqual(['BT2742']);
  });
});

describe('the rules of a service', () => {
  test('follow the file, and keep what it was while it cannot be read', async () => {
    await write('rules/eu.txt', 'DE');
    await write('rules/a.betrace', rule('eu.txt'));
    const store = new RuleStore([rules()]);
    await store.refresh();
    const values = (): string => JSON.stringify(store.state.rules[0]?.expanded.clauses[0], plain);
    expect(values()).toContain('"DE"');
    await write('rules/eu.txt', 'DE\nFR');
    await store.refresh();
    expect(values()).toContain('"FR"');
    await rm(join(folder, 'rules/eu.txt'));
    await store.refresh();
    expect(values()).toContain('"FR"');
    expect(store.state.files[0]?.state).toBe('stale');
    expect(store.state.files[0]?.diagnostics.map(({ code }) => code)).toEqual(['BT2742']);
    await write('rules/eu.txt', 'NL');
    await store.refresh();
    expect(values()).toContain('"NL"');
    expect(store.state.files[0]?.state).toBe('current');
  });

  test('that are sent as a text read no file, and see the lists of files that they use', async () => {
    await write('rules/eu.txt', 'DE');
    await write('rules/a.betrace', rule('eu.txt'));
    const store = new RuleStore([rules()]);
    await store.refresh();
    const path = join(rules(), 'sent.betrace');
    const own = readText(store, 'let it = list from "eu.txt"\nrule s { never { span.a in it } }', path);
    expect(own.workspace.files.get(path)?.diagnostics.map(({ code }) => code)).toEqual(['BT2742']);
    const used = readText(store, 'use "a"\nrule s { never { span.a in eu } }', path);
    expect(used.workspace.files.get(path)?.diagnostics).toEqual([]);
    expect(used.rules).toHaveLength(1);
  });
});

function plain(key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : key === 'range' ? undefined : value;
}
