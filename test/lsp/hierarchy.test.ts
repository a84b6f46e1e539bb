import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CallHierarchyIncomingCall,
  CallHierarchyItem,
  CallHierarchyOutgoingCall,
} from 'vscode-languageserver';
import { atCursor, LspClient } from './client.js';

const SHARED = 'export let charge = { name = "pay" }\nexport let large = charge\n';
const RULES = `use "./shared"
rule checked {
  when   charge as c
  always { name = "check" } before c
  never  charge after c
}
rule bounded { over 5m always large | rate() < 3 }
test "no check" of checked { expect violation }
`;

let client: LspClient;
beforeAll(async () => {
  client = await LspClient.start();
  await client.open('file:///h/shared.betrace', SHARED);
  await client.open('file:///h/rules.betrace', RULES);
});
afterAll(() => client.stop());

async function itemAt(uri: string, marked: string): Promise<CallHierarchyItem> {
  const { position } = atCursor(marked);
  const found = await client.request<CallHierarchyItem[] | null>('textDocument/prepareCallHierarchy', {
    textDocument: { uri },
    position,
  });
  expect(found).toHaveLength(1);
  return found![0]!;
}

async function users(item: CallHierarchyItem): Promise<readonly string[]> {
  const calls = await client.request<CallHierarchyIncomingCall[]>('callHierarchy/incomingCalls', { item });
  return calls.map(({ from, fromRanges }) => `${from.name} ${fromRanges.length}`);
}

async function uses(item: CallHierarchyItem): Promise<readonly string[]> {
  const calls = await client.request<CallHierarchyOutgoingCall[]>('callHierarchy/outgoingCalls', { item });
  return calls.map(({ to, fromRanges }) => `${to.name} ${fromRanges.length}`);
}

describe('the hierarchy of uses', () => {
  it('has the lets and rules that use a pattern, across files, with every place', async () => {
    const charge = await itemAt('file:///h/shared.betrace', SHARED.replace('let charge', 'let ch‸arge'));
    expect(charge).toMatchObject({ name: 'charge', detail: 'let, shared.betrace' });
    expect((await users(charge)).toSorted()).toEqual(['checked 2', 'large 1']);
  });

  it('starts at a mention too, and goes down to what an item uses', async () => {
    const large = await itemAt('file:///h/rules.betrace', RULES.replace('always large', 'always la‸rge'));
    expect(large.uri).toBe('file:///h/shared.betrace');
    expect(await uses(large)).toEqual(['charge 1']);
    expect(await users(large)).toEqual(['bounded 1']);
  });

  it('has the tests of a rule above it, and its rule below a test', async () => {
    const rule = await itemAt('file:///h/rules.betrace', RULES.replace('rule checked', 'rule ch‸ecked'));
    expect(await users(rule)).toEqual(['no check 1']);
    expect(await uses(rule)).toEqual(['charge 2']);
    const test = await itemAt('file:///h/rules.betrace', RULES.replace('"no check"', '"no ‸check"'));
    expect(await uses(test)).toEqual(['checked 1']);
    expect(await users(test)).toEqual([]);
  });

  it('is not there for a word that is no name', async () => {
    const { position } = atCursor(RULES.replace('  when ', '  wh‸en '));
    const found = await client.request('textDocument/prepareCallHierarchy', {
      textDocument: { uri: 'file:///h/rules.betrace' },
      position,
    });
    expect(found).toBeNull();
  });
});
