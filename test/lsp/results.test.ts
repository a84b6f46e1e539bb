import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeLens, Hover, InlayHint } from 'vscode-languageserver';
import { EMPTY_CATALOGUE } from '../../lsp/catalogue/catalogue.js';
import { ruleMarkdown } from '../../lsp/features/rule-hover.js';
import { KnownResults } from '../../lsp/results/known-results.js';
import { ruleMeaning } from '../../lsp/results/meaning.js';
import { Analysis } from '../../lsp/workspace/analysis.js';
import { atCursor, LspClient } from './client.js';
import { FixedService, SCHEMA } from './service.js';

const RULE = `let charge = { name = "pay" }
rule r {
  severity = high
  summary  = "Gold pays little"
  when   charge as c
  never  { span.tier = "gold" && span.amount > 5 } after c
}
`;
const LAST = {
  ended: '2026-11-21T10:00:00.000Z',
  from: '2026-11-20T00:00:00.000000000Z',
  to: '2026-11-20T23:59:00.000000000Z',
  applicable: 40,
  passed: 27,
  violated: 12,
  cannotTell: 1,
  first: '2026-11-20T14:36:28.000000000Z',
  partial: false,
};
const IN_FORCE = RULE.slice(RULE.indexOf('rule'));

let service: FixedService;
let client: LspClient;
let url: string;
const uri = 'file:///results/rules.betrace';
beforeAll(async () => {
  service = new FixedService({
    ...SCHEMA,
    '/betrace/v1/rules': {
      rules: [{ id: 'r', text: IN_FORCE, class: { why: 'at closure' }, lastReplay: LAST }],
    },
    '/api/metrics/query': {
      series: [
        {
          labels: [
            { key: 'name', value: { stringValue: 'pay' } },
            { key: 'resource.service.name', value: { stringValue: 'shop' } },
          ],
          value: 60,
        },
      ],
    },
  });
  url = await service.start();
  client = await LspClient.start();
  await client.open(uri, RULE);
  const ready = new Promise((resolve) => client.connection.onNotification('betrace/catalogue', resolve));
  await configure({ inlayHints: { enabled: true } });
  await ready;
});
afterAll(async () => {
  await client.stop();
  service.stop();
});

let version = 1;
async function setText(text: string): Promise<void> {
  await client.change(uri, ++version, [{ text }]);
}

async function configure(settings: object): Promise<void> {
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { betrace: { service: { url }, replay: { range: '24h' }, ...settings } },
  });
}

async function lenses(): Promise<readonly string[]> {
  const found = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
  return found.map(({ command }) => command!.title);
}

async function hover(marked: string): Promise<string> {
  const { position } = atCursor(marked);
  const { contents } = await client.request<Hover>('textDocument/hover', { textDocument: { uri }, position });
  return (contents as { value: string }).value;
}

async function hints(): Promise<readonly string[]> {
  const { position: end } = atCursor(`${RULE}‸`);
  const found = await client.request<InlayHint[]>('textDocument/inlayHint', {
    textDocument: { uri },
    range: { start: { line: 0, character: 0 }, end },
  });
  return found.map(({ position, label }) => `${position.line} ${label}`);
}

it('says where a clause of a rule is, for clients that mark what a violation broke', async () => {
  const rangeOf = async (rule: string, clause: string) =>
    await client.connection.sendRequest('betrace/clauseRange', { uri, rule, clause });
  expect(await rangeOf('r', 'never#1')).toEqual({
    start: { line: 5, character: 2 },
    end: { line: 5, character: 58 },
  });
  expect(await rangeOf('r', 'when#1')).toMatchObject({ start: { line: 4, character: 2 } });
  expect(await rangeOf('r', 'never#2')).toBeNull();
  expect(await rangeOf('none', 'never#1')).toBeNull();
});

describe('lenses', () => {
  it('show what the last replay found and since when', async () => {
    await expect.poll(lenses).toEqual(['replay 24h: 12 violations since 2026-11-20 14:36', 'explain']);
  });

  it('say when the rule, or a pattern that it uses, was edited since; not when only its texts were', async () => {
    await setText(RULE.replace('> 5', '> 6'));
    expect((await lenses())[0]).toMatch(/14:36 \(edited since\)$/);
    await setText(RULE.replace('"pay"', '"paid"'));
    expect((await lenses())[0]).toMatch(/14:36 \(edited since\)$/);
    await setText(RULE.replace('Gold pays little', 'Gold pays less').replace('severity = high', ''));
    expect((await lenses())[0]).toMatch(/14:36$/);
    await setText(RULE);
  });

  it('take what the editor replayed, saved or not', async () => {
    const edited = RULE.replace('> 5', '> 7');
    await setText(edited);
    const lastReplay = {
      ...LAST,
      ended: '2026-11-22T00:00:00.000Z',
      violated: 0,
      first: null,
      partial: true,
      change: '−12',
    };
    await client.connection.sendNotification('betrace/replayed', {
      text: edited,
      rules: [{ id: 'r', lastReplay }],
    });
    expect((await lenses())[0]).toBe('replay 24h: no violation in 40 cases (−12), partial');
    await setText(RULE);
    expect((await lenses())[0]).toBe('replay 24h: no violation in 40 cases (−12), partial (edited since)');
  });

  it('show which tests passed, until rule or test is edited', async () => {
    const tested = `${RULE}test "a" of r { expect pass }\ntest "b" of r { expect pass }\n`;
    await setText(tested);
    expect((await lenses()).slice(1)).toEqual(['run 2 tests', 'explain', 'run test', 'run test']);
    await client.connection.sendNotification('betrace/tested', {
      uri,
      tests: [
        { rule: 'r', title: 'a', passed: true },
        { rule: 'r', title: 'b', passed: false },
      ],
    });
    expect((await lenses()).slice(1)).toEqual([
      'run tests: 1 failed, 1 passed',
      'explain',
      'run test: passed',
      'run test: failed',
    ]);
    await setText(tested.replace('"b" of r { expect pass }', '"b" of r { expect violation }'));
    expect((await lenses()).at(-1)).toBe('run test: failed (edited since)');
    await setText(RULE);
  });
});

it('has no lens to run tests for a client that cannot', async () => {
  const other = await LspClient.start({ initializationOptions: { runsTests: false } });
  await other.open(uri, `${RULE}test "a" of r { expect pass }\n`);
  const found = await other.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
  expect(found.map(({ command }) => command!.title)).toEqual(['replay', 'explain']);
  await other.stop();
});

it('lists the tests of all files, open or not', async () => {
  await setText(`${RULE}test "a" of r { expect pass }\n`);
  const tests = await client.request('betrace/tests', {});
  expect(tests).toEqual([
    {
      uri,
      tests: [
        { title: 'a', rule: 'r', range: expect.objectContaining({ start: { line: 7, character: 0 } }) },
      ],
    },
  ]);
  await setText(RULE);
});

describe('the hover of a rule', () => {
  it('has its class, what it costs, and the counts of the last replay', async () => {
    const text = await hover(RULE.replace('rule r', 'rule ‸r'));
    expect(text).toContain('**r** · high');
    expect(text).toContain('**Decided** now: once the spans of a violation are there');
    // 60 spans are called pay, and 50 have an amount.
    expect(text).toContain(
      '**Cost** reads 2 attributes; its 2 filters leave at most 110 of 1,000 spans (11 %)',
    );
    expect(text).toMatch(
      /\*\*Last replay\*\* 2026-11-22 00:00 UTC over 2026-11-20 00:00 to 2026-11-20 23:59, partial/,
    );
    expect(text).toMatch(/- 0 violated\n- 27 passed\n- 1 cannot be determined\n- of 40 cases/);
  });

  it('tells the class of the text as it is, not of what a service has', async () => {
    await setText(`${RULE}rule now { never { span.tier = "tin" } }\n`);
    expect(await hover(`${RULE}rule n‸ow`)).toContain('**Decided** now: once the spans');
    await setText(RULE);
  });

  it('says that a rule has errors', async () => {
    await setText(RULE.replace('after c', 'after nobody'));
    expect(await hover(RULE.replace('rule r', 'rule ‸r'))).toContain('has errors');
    await setText(RULE);
  });
});

it('without a compiler has the class that a service gives, while the text is that of the service', () => {
  const analysis = new Analysis();
  const results = new KnownResults();
  const path = '/rules.betrace';
  const contents = (text: string): string => {
    analysis.setText(path, text);
    return ruleMarkdown('r', analysis, { catalogue: EMPTY_CATALOGUE, results })!;
  };
  analysis.setText(path, RULE);
  const { item } = analysis.ruleNamed('r')!;
  results.noteClass('r', 'at closure', ruleMeaning(analysis, path, item), IN_FORCE);
  expect(contents(RULE)).toContain('**Decided** at closure');
  expect(contents(RULE.replace('> 5', '> 6'))).not.toContain('**Decided**');
});

describe('inlay hints', () => {
  it('say how many spans a pattern matched in the time of the last replay', async () => {
    await expect.poll(hints).toEqual(['4 60 spans', '5 60 spans']);
    expect(service.asked.filter((request) => request.startsWith('/api/metrics/query')).join('\n')).toMatch(
      /q=\{\+name\+=\+"pay"\+\}\+.*count_over_time.*start=2026-11-20T00:00:00/,
    );
  });

  it('leave out a pattern that means other spans in each case', async () => {
    await setText(RULE.replace('span.amount > 5', 'span.amount > c.span.amount'));
    expect(await hints()).toEqual(['4 60 spans']);
    await setText(RULE);
  });

  it('are not there unless they are asked for', async () => {
    await configure({});
    await expect.poll(hints).toEqual([]);
  });
});
