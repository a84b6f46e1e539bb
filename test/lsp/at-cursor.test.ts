import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { atCursor, LspClient } from './client.js';
import { FixedService, SCHEMA } from './service.js';

/** By name, how many spans there are. */
let counts: Readonly<Record<string, number>> = {};
let service: FixedService;
let client: LspClient;
const uri = 'file:///cursor/rules.betrace';
const queryUri = 'file:///cursor/query.traceql';
const window = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };

beforeAll(async () => {
  service = new FixedService({
    ...SCHEMA,
    get '/api/metrics/query'() {
      const series = Object.entries(counts).map(([name, value]) => ({
        labels: [
          { key: 'name', value: { stringValue: name } },
          { key: 'resource.service.name', value: { stringValue: 'shop' } },
        ],
        value,
      }));
      return { series };
    },
  });
  client = await LspClient.start();
  await client.open(uri, '');
  await client.open(queryUri, '', 'traceql');
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { betrace: { service: { url: await service.start() } } },
  });
});
afterAll(async () => {
  await client.stop();
  service.stop();
});

let version = 1;
/** Asks about the place of the mark in a text. */
async function ask<T>(method: string, marked: string, rest: object, document = uri): Promise<T> {
  const { text, position } = atCursor(marked);
  await client.change(document, ++version, [{ text }]);
  return await client.request<T>(method, { uri: document, position, ...rest });
}

describe('the spans that the pattern at the cursor matches', () => {
  const matches = (marked: string, document = uri) =>
    ask<{ query?: string; problem?: string; counts?: unknown }>(
      'betrace/matchesAt',
      marked,
      { window },
      document,
    );

  it('are counted by name and service, with lets written out', async () => {
    counts = { pay: 60 };
    const found = await matches(
      'let charge = { name = "pay" }\nrule r { when ‸charge where span.a > 1 as c }',
    );
    expect(found).toEqual({
      query: '{ name = "pay" } | { span.a > 1 }',
      window,
      counts: [{ name: 'pay', service: 'shop', count: 60 }],
      range: { start: { line: 1, character: 14 }, end: { line: 1, character: 37 } },
    });
  });

  it('are asked for in a let, in a query and in a filter of a rule over many traces', async () => {
    expect(await matches('let charge = { na‸me = "pay" }')).toMatchObject({ query: '{ name = "pay" }' });
    expect(await matches('{ name = ‸"pay" } | count() > 2', queryUri)).toMatchObject({
      query: '{ name = "pay" } | count() > 2',
    });
    expect(await matches('rule r { over 5m  always { name ‸= "pay" } | rate() > 1 }')).toMatchObject({
      query: '{ name = "pay" }',
    });
  });

  it('are others in each case where a bound span is read, and none where there is no pattern', async () => {
    const bound = 'rule r { when { name = "a" } as c never { span.x = c.‸span.x } }';
    expect(await matches(bound)).toEqual({ problem: 'It matches other spans in each case.' });
    expect(await matches('‸rule r { never { name = "a" } }')).toBeNull();
    expect(await matches('let over(n) = { span.a > ‸n }')).toMatchObject({ problem: expect.any(String) });
  });

  it('are a warning where there are none, until there are some', async () => {
    counts = {};
    const text = 'let gone = { name = "gone" }\nrule r { never { name = ‸"gone" } }';
    await matches(text);
    const warned = await client.diagnostics(uri, (all) => all.some(({ code }) => code === 'unmatched'));
    // In the rule and in the let, which ask the same.
    expect(warned.filter(({ code }) => code === 'unmatched')).toMatchObject([
      { severity: 2, range: { start: { line: 0, character: 11 } } },
      { severity: 2, message: 'No stored span matches this, from 2026-11-20 00:00 to 2026-11-21 00:00 UTC.' },
    ]);
    await client.change(uri, ++version, [{ text: 'rule r { never { name = "other" } }' }]);
    await client.diagnostics(uri, (all) => all.every(({ code }) => code !== 'unmatched'));
  });
});

describe('a condition that is added at the cursor', () => {
  const added = async (marked: string, condition = 'span.a = 1', document = uri): Promise<string | null> => {
    const found = await ask<{ edits: TextEdit[] } | null>(
      'betrace/addToFilter',
      marked,
      { condition },
      document,
    );
    const { text } = atCursor(marked);
    return found && TextDocument.applyEdits(TextDocument.create(document, 'betrace', 0, text), found.edits);
  };

  it('joins what the filter asks for', async () => {
    expect(await added('let x = { ‸}')).toBe('let x = { span.a = 1 }');
    expect(await added('let x = { name = "p‸ay" }')).toBe('let x = { name = "pay" && span.a = 1 }');
    expect(await added('{ name = "pay"‸ } | count() > 2', 'span.a = 1', queryUri)).toBe(
      '{ name = "pay" && span.a = 1 } | count() > 2',
    );
  });

  it('keeps what an "or" means', async () => {
    expect(await added('let x = { name = "a" ‸|| name = "b" }')).toBe(
      'let x = { (name = "a" || name = "b") && span.a = 1 }',
    );
    expect(await added('let x = { (name = "a" ‸|| name = "b") }')).toBe(
      'let x = { ((name = "a" || name = "b") && span.a = 1) }',
    );
  });

  it('narrows a pattern that is a name', async () => {
    const rule = (clause: string): string => `let pay = { name = "pay" }\nrule r { ${clause} }`;
    expect(await added(rule('never p‸ay'))).toBe(rule('never pay where span.a = 1'));
    expect(await added(rule('never pa‸y where span.b = 2'))).toBe(
      rule('never pay where span.b = 2 && span.a = 1'),
    );
    expect(await added(rule('never pay where span.b ‸= 2'))).toBe(
      rule('never pay where span.b = 2 && span.a = 1'),
    );
  });

  it('is not added twice, nor where nothing can ask for it', async () => {
    expect(await added('let x = { span.a = 1 && name = "b‸" }')).toBe('let x = { span.a = 1 && name = "b" }');
    expect(await added('rule r‸ { never { name = "a" } }')).toBeNull();
  });
});
