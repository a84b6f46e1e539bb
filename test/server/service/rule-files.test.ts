import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { RuleStore } from '../../../server/rules/rule-store.js';
import { temporaryDirectory } from './support.js';

let folder: string;
let store: RuleStore;

beforeEach(() => {
  folder = temporaryDirectory();
  write('pay', 'rule pay { never { name = "a" } }');
  store = new RuleStore([folder]);
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, `${name}.betrace`), text);
}

async function refreshed() {
  await store.refresh();
  const { rules, files, problem } = store.state;
  return {
    rules: rules.map(({ item, path }) => `${item.id.text} of ${path.slice(folder.length + 1)}`),
    texts: rules.map(({ item }) => item.clauses.length),
    files: Object.fromEntries(files.map(({ path, state }) => [path.slice(folder.length + 1), state])),
    problem,
  };
}

test('a change takes effect, and nothing happens without one', async () => {
  expect(await refreshed()).toMatchObject({
    rules: ['pay of pay.betrace'],
    files: { 'pay.betrace': 'current' },
  });
  let changes = 0;
  store.onChange(() => changes++);
  await refreshed();
  expect(changes).toBe(0);
  write('pay', 'rule pay2 { never { name = "a" } }');
  write('ship', 'rule ship { never { name = "b" } }');
  expect(await refreshed()).toMatchObject({ rules: ['pay2 of pay.betrace', 'ship of ship.betrace'] });
  rmSync(join(folder, 'pay.betrace'));
  expect(await refreshed()).toMatchObject({
    rules: ['ship of ship.betrace'],
    files: { 'ship.betrace': 'current' },
  });
  expect(changes).toBe(2);
});

test('a file that breaks keeps its last good version, and says what is wrong', async () => {
  await refreshed();
  write('pay', 'rule pay { nev');
  expect(await refreshed()).toMatchObject({
    rules: ['pay of pay.betrace'],
    files: { 'pay.betrace': 'stale' },
  });
  expect(store.state.files[0]?.diagnostics.map(({ severity }) => severity)).toContain('error');
  write('pay', 'rule pay { never { name = "a" } never { name = "b" } }');
  expect(await refreshed()).toMatchObject({ texts: [2], files: { 'pay.betrace': 'current' } });
});

test('a good rule in a file that never was good is in force', async () => {
  write('new', 'rule good { never { name = "a" } }\nrule bad { nev');
  expect(await refreshed()).toMatchObject({
    rules: ['good of new.betrace', 'pay of pay.betrace'],
    files: { 'new.betrace': 'broken', 'pay.betrace': 'current' },
  });
});

test('a file keeps its last good version when what it uses loses a name', async () => {
  write('names', 'export let charge = { name = "c" }');
  write('pay', 'use "names"\nrule pay { never charge }');
  await refreshed();
  write('names', 'export let refund = { name = "r" }');
  expect(await refreshed()).toMatchObject({
    rules: ['pay of pay.betrace'],
    files: { 'pay.betrace': 'stale', 'names.betrace': 'stale' },
  });
  rmSync(join(folder, 'names.betrace'));
  expect(await refreshed()).toMatchObject({ rules: ['pay of pay.betrace'] });
  write('names', 'export let refund = { name = "r" }\nexport let charge = { name = "c2" }');
  expect(await refreshed()).toMatchObject({
    rules: ['pay of pay.betrace'],
    files: { 'names.betrace': 'current' },
  });
  write('names', 'export let charge = { name = "c" }');
  expect(await refreshed()).toMatchObject({
    rules: ['pay of pay.betrace'],
    files: { 'pay.betrace': 'current' },
  });
});

test('an id that a second file takes stays with the first', async () => {
  await refreshed();
  write('zzz', 'rule pay { never { name = "z" } }');
  expect((await refreshed()).rules).toContain('pay of pay.betrace');
});

test('a folder that is gone leaves its rules in force until it is back', async () => {
  await refreshed();
  rmSync(folder, { recursive: true });
  expect(await refreshed()).toMatchObject({
    rules: ['pay of pay.betrace'],
    problem: expect.stringContaining('does not exist'),
  });
  mkdirSync(folder);
  write('other', 'rule other { never { name = "a" } }');
  expect(await refreshed()).toMatchObject({ rules: ['other of other.betrace'], problem: undefined });
});
