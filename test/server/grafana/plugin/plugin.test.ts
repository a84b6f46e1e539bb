/** The built plugin in a real Chromium, against a real service. Skipped where there is no Chromium; `.ci/run` installs it. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM } from '../../../support/chromium.js';
import { type Running, SHOP_RULES, startKept } from '../../service/support.js';
import { PLUGIN, startHost } from './host.js';

/** A frame, as its fields by name. */
type Columns = Readonly<Record<string, readonly unknown[]>>;

interface Link {
  readonly title: string;
  readonly url: string;
  readonly internal?: { readonly datasourceUid: string; readonly query: Readonly<Record<string, string>> };
}

it.each([
  ['module.js', 60_000],
  ['datasource/module.js', 15_000],
])('%s is small, and defined as Grafana wants it', (file, most) => {
  const text = readFileSync(`${PLUGIN}/${file}`, 'utf8');
  expect(gzipSync(text).length).toBeLessThan(most);
  expect(text).toMatch(/^define\(\["react","@grafana\/data","@grafana\/runtime","@grafana\/ui"\],function/);
});

it.each(['', 'datasource/'])('%splugin.json is whole', (folder) => {
  const manifest = JSON.parse(readFileSync(`${PLUGIN}/${folder}plugin.json`, 'utf8'));
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(manifest.info).toMatchObject({ version, updated: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
  expect(readFileSync(`${PLUGIN}/${folder}${manifest.info.logos.small}`, 'utf8')).toContain('<svg');
  // Grafana wants ids to end with the type.
  expect(manifest.id).toBe(`betrace-${manifest.type}`);
});

it('has a README that needs nothing else of the repository, and a CHANGELOG of this version, as the catalogue of plugins wants them', () => {
  const [readme, changes] = ['README.md', 'CHANGELOG.md'].map((name) =>
    readFileSync(`${PLUGIN}/${name}`, 'utf8'),
  );
  const links = [...readme!.matchAll(/\]\(([^)]*)\)/gu)].map(([, target]) => target);
  expect(links.filter((target) => !target!.startsWith('https://'))).toEqual([]);
  expect(readme).toContain('GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(/^## (.*)$/mu.exec(changes!)?.[1]).toBe(version);
});

describe.skipIf(CHROMIUM === undefined)('the plugin', () => {
  let browser: Browser;
  let shop: Running;
  let host: Awaited<ReturnType<typeof startHost>>;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    shop = await startKept({ settings: { rules: [SHOP_RULES] } });
    host = await startHost({ shop, gone: { url: 'http://127.0.0.1:9' } });
  });
  afterAll(async () => {
    await browser.close();
    host.stop();
    await shop.stop();
  });

  async function open(source = 'shop'): Promise<Page> {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    onTestFinished(() => expect(complaints).toEqual([]));
    await page.goto(`${host.url}/a/betrace-app?source=${source}`);
    await page.evaluate('host.datasource().then(() => undefined)');
    return page;
  }

  const ask = async (page: Page, query: object, options: object = {}): Promise<readonly Columns[]> =>
    await page.evaluate(`host.ask(${JSON.stringify(query)}, ${JSON.stringify({ ...DAY, ...options })})
      .then((frames) => frames.map(({ fields }) => Object.fromEntries(fields.map(({ name, values }) => [name, values]))))`);

  /** That of the stored traces. */
  const DAY = { from: Date.parse('2026-11-20T00:00:00Z'), to: Date.parse('2026-11-21T00:00:00Z') };

  it('says in its check what it reached, or that it did not', async () => {
    expect(await (await open()).evaluate('host.source.testDatasource()')).toEqual({
      status: 'success',
      message: 'BeTrace 1.2.3, tenant single-tenant: 12 rules, 2 blocks of traces',
    });
    expect(await (await open('gone')).evaluate('host.source.testDatasource()')).toMatchObject({
      status: 'error',
    });
  });

  it('answers the violations of a rule, each with the link to its trace, in which the evidence is marked', async () => {
    const page = await open();
    const [found] = await ask(page, { query: 'violations of fraud-check-required' });
    expect(found!.rule).toEqual(Array(4).fill('fraud-check-required'));
    expect(found).toMatchObject({
      severity: Array(4).fill('critical'),
      text: Array(4).fill('A charge over 1000 passes a fraud check first'),
      tags: Array(4).fill('fraud-check-required,critical'),
    });
    for (const time of found!.time!) expect(time).toBeGreaterThan(DAY.from);
    const link =
      await page.evaluate(`host.ask(${JSON.stringify({ query: 'violations of fraud-check-required' })})
      .then(([{ fields }]) => fields.find(({ name }) => name === 'traceID').config.links[0].internal.query)`);
    expect(Object.keys(link as object)).toEqual(
      expect.arrayContaining(['queryType', 'query', 'rule', 'evidence']),
    );
    const [query, evidence] = [found!.traceID![0], found!.evidence![0]] as [string, string];
    const [trace] = await ask(page, { query, rule: 'fraud-check-required', evidence });
    const marked = trace!.warnings!.flatMap((warnings, n) =>
      (warnings as string[]).length > 0 ? [trace!.spanID![n]] : [],
    );
    expect(marked).toEqual(evidence.split(','));
    const place = trace!.spanID!.indexOf(marked[0]);
    expect(trace!.operationName![place]).toBe('payment.charge_card');
    expect(trace!.tags![place]).toContainEqual({
      key: 'betrace.evidence',
      value: 'evidence for a violation of fraud-check-required',
    });
    expect(trace!.spanID).toHaveLength(new Set(trace!.spanID).size);
    // A link from elsewhere, as from a violation span in Tempo, has the rule alone.
    const [sought] = await ask(page, { query, rule: 'fraud-check-required' });
    expect(sought!.warnings).toEqual(trace!.warnings);
  });

  it('says why nothing is marked in a trace that a link calls a violation', async () => {
    const page = await open();
    const [found] = await ask(page, { query: 'violations of fraud-check-required' });
    const [query] = found!.traceID as [string];
    const notices = (rule: string): Promise<unknown> =>
      page.evaluate(`host.ask(${JSON.stringify({ query, rule })}).then(([{ meta }]) => meta.notices)`);
    expect(await notices('double-charge')).toEqual([
      expect.objectContaining({ text: expect.stringContaining('not among the violations of double-charge') }),
    ]);
    expect(await notices('no-such-rule')).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^No evidence is marked: .*no-such-rule/u) }),
    ]);
  });

  it('leads to Tempo, to Traces Drilldown, and from a rule to its violations', async () => {
    const page = await open();
    const linksOf = async (query: object, field: string): Promise<readonly Link[]> =>
      await page.evaluate(`host.ask(${JSON.stringify(query)}, ${JSON.stringify(DAY)})
        .then(([{ fields }]) => fields.find(({ name }) => name === '${field}').config.links)`);
    for (const query of [{ query: 'violations of double-charge' }, { query: '{ status = error }' }]) {
      const [, inTempo] = await linksOf(query, 'traceID');
      expect(inTempo).toMatchObject({
        title: 'Trace in Tempo',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
        internal: { datasourceUid: 'tempo-uid', query: { queryType: 'traceql', query: '${__value.raw}' } },
      });
      const [drilldown] = await linksOf(query, 'service');
      const { pathname, searchParams } = new URL(drilldown!.url, 'http://grafana');
      expect([pathname, searchParams.get('var-ds')]).toEqual([
        '/a/grafana-exploretraces-app/explore',
        'tempo-uid',
      ]);
    }
    expect(await linksOf({ queryType: 'rules' }, 'rule')).toEqual([
      expect.objectContaining({
        title: 'Violations',
        internal: expect.objectContaining({ datasourceUid: 'shop' }),
      }),
    ]);
  });

  it('answers TraceQL with traces, metrics with lines, over rules with lines', async () => {
    const page = await open();
    const [traces] = await ask(page, { query: '{ status = error }', limit: 7 });
    expect(traces!.traceID).toHaveLength(7);
    const lines = await ask(
      page,
      { query: '{ name = "payment.charge_card" } | rate() by (resource.service.name)' },
      { intervalMs: 3_600_000 },
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]!.time!.length).toBeGreaterThan(20);
    const violated = await ask(
      page,
      { query: 'violations of double-charge | count_over_time() by (resource.service.name)' },
      { intervalMs: 3_600_000 },
    );
    expect((violated[0]!.value as number[]).reduce((sum, value) => sum + value, 0)).toBe(2);
    const over = await ask(page, { query: 'over 1h never { status = error } | count_over_time() > 1' });
    expect(Math.max(...(over[0]!.value as number[]))).toBeGreaterThan(0);
    const [counts] = await ask(page, {
      query: '{ } | count_over_time() by (resource.service.name)',
      instant: true,
    });
    expect(counts!['resource.service.name']).toContain('payment');
  });

  it('fills in variables, and answers what they can be of', async () => {
    const page = await open();
    const scopedVars = { rule: { value: 'double-charge' } };
    const [found] = await ask(page, { query: 'violations of $rule' }, { scopedVars });
    expect(found!.rule).toEqual(['double-charge', 'double-charge']);
    const values = async (query: string): Promise<readonly string[]> =>
      await page.evaluate(
        `host.source.metricFindQuery(${JSON.stringify(query)}).then((all) => all.map(({ text }) => text), String)`,
      );
    expect(await values('rules')).toContain('double-charge');
    expect(await values('services')).toContain('payment');
    expect(await values('values(resource.service.name)')).toContain('payment');
    expect(await values('severities')).toContain('critical');
    expect(await values('vlues(x)')).toContain('is nothing that a variable can be of');
  });

  it('answers the rules with their state', async () => {
    const [rules] = await ask(await open(), { queryType: 'rules' });
    expect(rules!.rule).toHaveLength(12);
    const place = rules!.rule!.indexOf('double-charge');
    expect(rules!.severity![place]).toBe('critical');
    expect(rules!.state![place]).toMatch(/^(not replayed|violated)$/);
  });

  it('shows what the service says of a mistake', async () => {
    const page = await open();
    const message = await page.evaluate(
      `host.ask({ query: '{ nme = "x" }' }).then(String, ({ message }) => message)`,
    );
    expect(message).toMatch(/BT\d{4}/);
    expect(await page.evaluate(`host.ask({ query: 'af' }).then(String, ({ message }) => message)`)).toContain(
      'no block holds that trace',
    );
  });

  it('helps while a query is written: completions, mistakes, hover', async () => {
    const page = await open();
    await page.evaluate(`host.showQueryEditor({ query: '' })`);
    const editor = page.getByRole('textbox', { name: 'Editor' });
    const labels = async (text: string): Promise<readonly string[]> => {
      await editor.fill(text);
      return await page.evaluate(`host.monaco.completion.provideCompletionItems(host.monaco.model,
        { lineNumber: 1, column: ${text.length + 1} }).then(({ suggestions }) => suggestions.map(({ label }) => label))`);
    };
    expect(await labels('violations of ')).toContain('double-charge');
    expect(await labels('{ span.')).toContain('span.amount');
    await editor.fill('{ nme = "x" }');
    await expect
      .poll(() => page.evaluate('host.monaco.markers.get(host.monaco.model.uri)'))
      .toEqual([
        expect.objectContaining({ severity: 8, startLineNumber: 1, startColumn: 3, source: 'betrace' }),
      ]);
    const hover = `host.monaco.hover.provideHover(host.monaco.model, { lineNumber: 1, column: 18 })`;
    await editor.fill('violations of double-charge');
    expect(await page.evaluate(`${hover}.then(({ contents }) => contents[0].value)`)).toContain('critical');
    await editor.blur();
    expect(await page.evaluate('host.query.query')).toBe('violations of double-charge');
    await page.getByRole('button', { name: 'Rules' }).click();
    expect(await page.evaluate('[host.query.queryType, host.ran, host.query.query]')).toEqual([
      'rules',
      1,
      'violations of double-charge',
    ]);
    expect(await editor.count()).toBe(0);
  });

  it('has its address among its settings', async () => {
    const page = await open();
    await page.evaluate(`host.showConfigEditor({ url: '', jsonData: {} })`);
    await page.getByRole('textbox', { name: 'URL' }).fill('http://betrace:3210');
    expect(await page.evaluate('host.options.url')).toBe('http://betrace:3210');
    expect(await page.locator('#root').textContent()).toContain('X-Scope-OrgID');
    await page.getByRole('combobox', { name: 'Tempo' }).selectOption('Tempo');
    expect(await page.evaluate('host.options.jsonData')).toEqual({ tempoUid: 'tempo-uid' });
    await page.getByRole('combobox', { name: 'Tempo' }).selectOption('none');
    expect(await page.evaluate('host.options.jsonData')).toEqual({});
  });

  it('has the pages of the service in its app, whose styles stay apart', async () => {
    const page = await open();
    await page.evaluate('host.showApp()');
    await page.getByRole('button', { name: 'Replay all rules' }).click();
    await page.getByText('The replay succeeded.').waitFor();
    await page.locator('.rules .spark').first().waitFor();
    await page.locator('.rules a', { hasText: 'fraud-check-required' }).click();
    await page.locator('.uplot canvas').waitFor();
    await page.locator('.violations a').first().click();
    const marked = page.locator('.waterfall .marked');
    await marked.first().waitFor();
    expect(await marked.first().textContent()).toContain('payment.charge_card');
    // Rules of Grafana's page do not reach in, and its own heading is as it was.
    expect(await page.locator('.waterfall .line').first().isVisible()).toBe(true);
    const colour = `getComputedStyle(document.querySelector('body > h1')).color`;
    expect(await page.evaluate(colour)).toBe('rgb(1, 2, 3)');
    expect(await page.evaluate(`document.querySelector('#root h1')`)).toBeNull();
    // Grafana's page says that addresses begin at its root.
    expect(await page.evaluate('location.pathname + location.search')).toBe('/a/betrace-app?source=shop');
    // A rule is tried there too; only Grafana's editors may.
    await page.getByRole('link', { name: 'Try a rule' }).click();
    await page.getByRole('combobox', { name: /Over/u }).selectOption('all that is stored');
    await page
      .getByRole('textbox', { name: 'Rules' })
      .fill('rule slow { never { name = "payment.charge_card" && duration > 100ms } }');
    await page.getByRole('heading', { level: 2, name: /^slow: \d+ violations/u }).waitFor();
    await page.getByRole('link', { name: 'Query' }).click();
    await page.getByRole('textbox', { name: /TraceQL/ }).fill('{ status = error }');
    await page.keyboard.press('Enter');
    await page.locator('tbody tr').first().waitFor();
    expect(await page.evaluate('location.pathname')).toBe('/a/betrace-app');
  });

  it('asks for a data source where there is none', async () => {
    const page = await open('shop');
    await page.goto(`${host.url}/`);
    await page.evaluate('host.showApp()');
    await page.getByText('no data source of type BeTrace').waitFor();
  });
});
