/** The pages of the editor in a real Chromium, as the extension writes them. Skipped where there is no Chromium; `.ci/run` installs it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReplayJson } from '../../engine/answers/replay.js';
import type { SpanJson, TraceJson } from '../../engine/answers/trace.js';
import { judgedRules } from '../../extension/service/judged.js';
import { traceLink } from '../../extension/service/trace-link.js';
import { page as pageText } from '../../extension/views/page.js';
import type { ViewData, ViewMessage } from '../../extension/views/view-data.js';
import { CHROMIUM } from '../support/chromium.js';

const HOSTILE = `"><img src=x onerror=alert(1)></script><script>alert('\u202e2')</script><!--&amp; \`\0`;
const TIME = '2026-01-01T00:00:00.000000000Z';
const [FIRST, SECOND] = ['ab'.repeat(16), 'cd'.repeat(16)] as const;
const ORIGIN = 'http://view.test';
const pathOf = (path: string) => fileURLToPath(new URL(`../../extension/webview/${path}`, import.meta.url));

function span(traceId: string, index: number, text: string): SpanJson {
  const attributes = [{ key: text, value: { stringValue: text } }];
  return {
    ...{ traceId, spanId: String(index).padStart(16, '0'), name: text, kind: 2, traceState: '' },
    parentSpanId: index === 1 ? '' : '1'.padStart(16, '0'),
    startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n),
    endTimeUnixNano: String(1_700_000_000_050_000_000n),
    attributes,
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
    events: [{ timeUnixNano: '1700000000002000000', name: text, attributes, droppedAttributesCount: 0 }],
    links: [{ traceId: SECOND, spanId: '2', traceState: '', attributes, droppedAttributesCount: 0 }],
    status: { code: 2, message: text },
  };
}

function trace(traceId: string, text: string): TraceJson {
  const attributes = [{ key: 'service.name', value: { stringValue: text } }];
  return {
    partial: false,
    resourceSpans: [
      {
        resource: { attributes, droppedAttributesCount: 0 },
        scopeSpans: [
          {
            scope: { name: text, version: text, attributes: [], droppedAttributesCount: 0 },
            spans: [span(traceId, 1, text), span(traceId, 2, text)],
          },
        ],
      },
    ],
  };
}

function result(text: string): ReplayJson {
  const common = {
    ...{ id: text, revision: text, severity: text, summary: text, owner: text, controls: [] },
    ...{ applicable: 3, passed: 1, vacuous: 0, violated: 1, first: TIME, last: TIME },
    ...{ clauses: [], since: null, differences: null, violationsLeftOut: 3, problem: null },
    histogram: [{ start: TIME, applicable: 3, violated: 1, cannotTell: 0 }],
  };
  const evidence = [FIRST, SECOND].map((traceId, index) => ({
    ...{ traceId, spanId: String(index + 1).padStart(16, '0'), name: text, service: text, kind: text },
    ...{ bound: index === 0 ? text : null, start: TIME, durationNs: 1, values: { [text]: text } },
  }));
  const violation = {
    ...{ id: 'v1', traceId: FIRST, key: { [text]: text }, time: TIME, clause: 'never#1', clauseText: text },
    ...{ rootService: text, binding: null, evidence, values: { [text]: text } },
  };
  const over = {
    ...{ id: 'v2', window: { from: TIME, to: TIME }, labels: [{ name: text, value: text }] },
    ...{ clause: 'never#1', clauseText: text, value: 1, traces: [SECOND] },
  };
  const windows = { windowSeconds: 60, everySeconds: 60, windows: { count: 1, from: TIME, to: TIME } };
  return {
    ...{ version: 1, tenant: text, range: { from: TIME, to: TIME }, partial: true, traces: 1, spans: 1 },
    blocks: { read: 1, unread: [{ id: text, code: text, reason: text, from: null, to: null }], warnings: [] },
    ...{ spansSharingId: 0, bucketSeconds: 60 },
    rules: [
      {
        ...common,
        ...{ cannotTell: 1, undecided: 0, undecidedCases: [], missing: { [text]: 2 } },
        violations: [violation],
      },
    ],
    overRules: [
      {
        ...common,
        id: `${text} over`,
        ...windows,
        windowsNotJudged: { count: 0, runs: [] },
        series: 1,
        violations: [over],
      },
    ],
  };
}

/** Every kind of page, with the same text wherever one can be. */
function everyPage(text: string): readonly ViewData[] {
  const replayed = result(text);
  const found = judgedRules(replayed)[0]!.violations[0]!;
  const rules = [{ id: text, change: '+1 −1', added: ['v1'], gone: [found] }];
  const labels = [{ key: text, value: { stringValue: text } }];
  const traces = [
    {
      ...{ traceID: FIRST, rootServiceName: text, rootTraceName: text },
      spanSets: [{ matched: 1, spans: [{ spanID: '1', name: text, attributes: labels }] }],
    },
  ];
  const query = { kind: 'query', q: text, listed: 1 } as const;
  return [
    { kind: 'results', result: replayed, compared: { text, rules } },
    {
      kind: 'trace',
      traces: [trace(FIRST, text), trace(SECOND, text)],
      violation: { rule: text, found },
      marks: [['1'.padStart(16, '0'), text]],
    },
    { ...query, search: { traces } },
    { ...query, metrics: { series: [{ labels, samples: [{ timestampMs: '1', value: 1 }] }] } },
    { ...query, counts: { series: [{ labels, value: 2 }] } },
    {
      ...{ kind: 'matches', q: text, window: { from: TIME, to: TIME }, listed: 1 },
      counts: [{ name: text, service: text, count: 1 }],
      search: { traces },
    },
  ];
}

describe.skipIf(CHROMIUM === undefined)('a page of the editor', () => {
  let browser: Browser;
  let files: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const [bundled] = await Promise.all([
      build({
        entryPoints: { view: pathOf('view.tsx'), style: pathOf('view.css') },
        ...{ outdir: 'out', bundle: true, write: false, format: 'esm', logLevel: 'silent' },
        ...{ jsx: 'automatic', jsxImportSource: 'preact' },
      }),
      chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] }).then((launched) => {
        browser = launched;
      }),
    ]);
    files = new Map(bundled.outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/')), text]));
  });
  afterAll(() => browser.close());

  interface Opened {
    readonly page: Page;
    readonly sent: () => Promise<readonly ViewMessage[]>;
    readonly complaints: readonly string[];
  }

  async function open(data: ViewData): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', () => complaints.push('a script of somebody else ran'));
    await page.addInitScript(
      'self.sent = []; self.acquireVsCodeApi = () => ({ postMessage: (m) => sent.push(m) })',
    );
    await page.route('**/*', async (route) => {
      const { pathname } = new URL(route.request().url());
      const body = files.get(pathname);
      const contentType = pathname.endsWith('.css') ? 'text/css' : 'text/javascript';
      if (body !== undefined) await route.fulfill({ body, contentType });
      else if (pathname !== '/') await route.fulfill({ status: 404 });
      else await route.fulfill({ body: text, contentType: 'text/html' });
    });
    const assets = { cspSource: ORIGIN, nonce: 'abc', styleUri: '/style.css', scriptUri: '/view.js' };
    const text = pageText(HOSTILE, data, assets);
    await page.goto(ORIGIN);
    await page.locator('main > *').first().waitFor();
    return { page, sent: async () => (await page.evaluate('sent')) as readonly ViewMessage[], complaints };
  }

  it.each(everyPage(HOSTILE).map((data, index) => [data.kind, index, data] as const))(
    'shows hostile texts as texts: %s %i',
    async (_, index, data) => {
      const { page, complaints } = await open(data);
      if (data.kind === 'trace') await page.locator('.line').nth(1).click();
      // The icon of the page is asked for by the browser, and is none of ours.
      expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
      expect(await page.locator('img, main script').count()).toBe(0);
      const shown = await page.locator('main').textContent();
      expect(shown).toContain('<img src=x onerror=alert(1)>');
      expect(shown).not.toMatch(/[\u202a-\u202e\0]/u);
      const tags = `[...document.querySelectorAll('main *')].map(({ tagName }) => tagName).join()`;
      const calm = await open(everyPage('calm')[index]!);
      if (data.kind === 'trace') await calm.page.locator('.line').nth(1).click();
      expect(await page.evaluate(tags)).toBe(await calm.page.evaluate(tags));
    },
  );

  it('marks the evidence over all traces of a violation, on one line of time', async () => {
    const { page } = await open(everyPage('calm')[1]!);
    expect(await page.getByRole('treeitem').count()).toBe(4);
    expect(await page.locator('.marked').count()).toBe(2);
    expect(await page.locator('.line .mark').allTextContents()).toEqual(['1', 'calm', '2', 'calm']);
    expect(await page.locator('.broken').textContent()).toContain('calm = "calm"');
    expect(await page.locator('.ids').textContent()).toContain(`2: ${SECOND}`);
  });

  it('sends which spans were chosen, and which attribute is to be added', async () => {
    const { page, sent } = await open(everyPage('calm')[1]!);
    const rule = page.getByRole('button', { name: /Write a Rule/ });
    expect(await rule.isDisabled()).toBe(true);
    await page.locator('.pick').nth(2).click();
    await page.getByRole('treeitem').nth(0).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await rule.click();
    await page.keyboard.press('Tab');
    await page.getByRole('treeitem').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'span.calm' }).click();
    const idOf = (index: number) => String(index).padStart(16, '0');
    expect(await sent()).toEqual([
      {
        message: 'makeRule',
        spans: [
          { traceId: FIRST, spanId: idOf(2) },
          { traceId: SECOND, spanId: idOf(1) },
        ],
      },
      { message: 'addAttribute', scope: 'span', key: 'calm', traceId: FIRST, spanId: idOf(2) },
    ]);
  });

  it('tells the extension where links lead, which leads there', async () => {
    const { page, sent } = await open(everyPage('calm')[0]!);
    await page.locator('summary').first().click();
    await page.locator('.violations a').first().click();
    const [message] = await sent();
    expect(message).toMatchObject({ message: 'follow' });
    expect(traceLink((message as { href: string }).href)).toEqual({
      traces: [FIRST, SECOND],
      marked: ['0000000000000001', '0000000000000002'],
      rule: 'calm',
      violation: 'v1',
    });
    expect(await page.evaluate('location.hash')).toBe('');
  });
});

it('loads and runs nothing but what is ours', () => {
  const assets = { cspSource: 'vscode:', nonce: 'abc', styleUri: 's', scriptUri: 'v' };
  const text = pageText(HOSTILE, everyPage(HOSTILE)[0]!, assets);
  expect(text).toContain('default-src &#39;none&#39;; style-src vscode:; script-src &#39;nonce-abc&#39;');
  expect(text.match(/<script/g)).toHaveLength(2);
  expect(text.match(/<\/script/g)).toHaveLength(2);
  expect(readFileSync(pathOf('view.tsx'), 'utf8')).not.toMatch(/innerHTML|dangerouslySet/);
});
