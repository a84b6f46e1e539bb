/** The page at `/` in a real Chromium, against a real service. Skipped where there is no Chromium; `.ci/run` installs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReplayJobJson } from '../../../engine/answers/replay-job.js';
import { newKey, signingKey } from '../../../engine/evidence/keys.js';
import { CHROMIUM } from '../../support/chromium.js';
import { writeChain } from '../../support/evidence.js';
import { PATIENCE } from '../../support/patience.js';
import { FIXTURES } from '../cli/support.js';
import { CONF, type Running, SHOP_RULES, start, startKept, temporaryDirectory } from '../service/support.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WIDTHS = [400, 1600];

describe.skipIf(CHROMIUM === undefined)('the page', () => {
  let browser: Browser;
  let shop: Running;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    shop = await startKept({ settings: { rules: [SHOP_RULES] } });
  });
  afterAll(async () => {
    await browser.close();
    await shop.stop();
  });

  interface Opened {
    readonly page: Page;
    /** Complaints of the browser, and requests to anything but the service. */
    readonly complaints: readonly string[];
  }

  async function open(
    url: string,
    options: { width?: number; scheme?: 'light' | 'dark' } = {},
  ): Promise<Opened> {
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1200, height: 900 },
      colorScheme: options.scheme ?? 'light',
      bypassCSP: false,
    });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    const complaints: string[] = [];
    const { origin } = new URL(url);
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
        complaints.push(request.url());
    });
    await page.goto(url);
    return { page, complaints };
  }

  // Texts, as the browser's types are not known here.
  const hash = async (page: Page, to: string): Promise<void> =>
    void (await page.evaluate(`location.hash = ${JSON.stringify(to)}`));

  async function violationsOfAxe(page: Page): Promise<readonly string[]> {
    // By the protocol of the browser, which the policy of the page does not hold off.
    const client = await page.context().newCDPSession(page);
    await client.send('Runtime.evaluate', { expression: readFileSync(AXE, 'utf8') });
    return await page.evaluate(`axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => id + ': ' + node.html.slice(0, 120) + ' ' + node.failureSummary)))`);
  }

  async function replayed(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Replay all rules' }).click();
    await page.getByText('The replay succeeded.').waitFor();
    await page.locator('.rules .spark').first().waitFor();
  }

  it('replays, and leads from a rule to the marked spans of a violation', async () => {
    const { page, complaints } = await open(shop.url);
    await replayed(page);
    const row = page.locator('.rules > li', { hasText: 'fraud-check-required' });
    await expect.poll(() => row.textContent()).toMatch(/violated\s+critical[\s\S]*4 of 84/u);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'fraud-check-required' }).waitFor();
    await page.locator('.uplot canvas').waitFor();
    expect(await page.locator('.violations > li').count()).toBe(4);
    await page.getByRole('searchbox').fill('no such thing');
    expect(await page.locator('.violations > li').count()).toBe(0);
    await page.getByRole('searchbox').fill('');
    await page.locator('.violations a').first().click();
    const marked = page.locator('.waterfall .marked');
    await marked.first().waitFor();
    expect(await marked.first().textContent()).toContain('payment.charge_card');
    expect(complaints).toEqual([]);
  });

  it('changes a rule in a text of its own, with help, and tries it while it is written', async () => {
    const { page, complaints } = await open(shop.url);
    await hash(page, '#/rules/fraud-check-required');
    await page.getByRole('link', { name: /^Change it/u }).click();
    await page.getByRole('heading', { name: 'Change fraud-check-required' }).waitFor();
    const field = page.getByRole('textbox', { name: 'Rules' });
    expect(await field.inputValue()).toMatch(/^use "names.betrace"\n\nrule fraud-check-required \{/u);
    await page.getByRole('combobox').selectOption('all that is stored');
    const found = (name: RegExp): Promise<void> => page.getByRole('heading', { level: 2, name }).waitFor();
    await found(/^fraud-check-required: 4 violations in 84 cases \(4\.8 %\)$/u);
    expect(await page.locator('.violations > li').count()).toBe(4);
    // A mistake is shown where it is, with what to write instead; what was found stays until there is something new.
    const text = await field.inputValue();
    await field.fill(text.replace('span.amount > 1000', 'span.amout > 1000'));
    const mistakes = page.getByRole('list', { name: 'Mistakes' });
    await found(/: 0 violations in 0 cases \(–\), 4 fewer than before$/u);
    expect(await page.locator('section .reasons').textContent()).toContain('it applies to nothing');
    await mistakes.getByRole('button').first().click();
    expect(await field.inputValue()).toBe(text);
    await mistakes.locator('li').waitFor({ state: 'detached' });
    await field.fill(text.replace('> 1000', '> 500'));
    await found(/: \d+ violations in \d+ cases .*, \d+ more than before$/u);
    // Completion: what is typed narrows the list, Enter takes, and without a list it begins a line.
    await field.fill('rule x {\n  never ');
    await field.press('End');
    await field.pressSequentially('{ span.amo');
    const option = page.getByRole('option', { name: /^span\.amount/u });
    await option.waitFor();
    expect(await violationsOfAxe(page)).toEqual([]);
    await field.press('Enter');
    expect(await field.inputValue()).toBe('rule x {\n  never { span.amount');
    await field.pressSequentially(' > 3 }');
    await field.press('Enter');
    await field.pressSequentially('}');
    expect(await field.inputValue()).toBe('rule x {\n  never { span.amount > 3 }\n}');
    await found(/^x: \d+ violations/u);
    expect(complaints).toEqual([]);
    // Nothing of what was tried is kept.
    const trials = async (): Promise<number> => {
      const { replays } = (await (await shop.get('/betrace/v1/replays')).json()) as {
        readonly replays: readonly ReplayJobJson[];
      };
      return replays.filter(({ limit }) => limit === 100).length;
    };
    await expect.poll(trials).toBe(0);
  });

  it('asks for nothing of a trial that was left, of which the service keeps nothing', async () => {
    const { page, complaints } = await open(shop.url);
    await hash(page, '#/try');
    const field = page.getByRole('textbox', { name: 'Rules' });
    await page.getByRole('heading', { level: 2, name: /^my-rule: /u }).waitFor();
    // The first result is on its way until the service has forgotten it.
    const forgotten = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await page.route(
      '**/replays/*/result',
      async (route) => {
        await forgotten;
        await route.continue().catch(() => undefined);
      },
      { times: 1 },
    );
    const asked = page.waitForRequest('**/replays/*/result');
    await field.fill('rule left { never { span.amount > 1 } }');
    await asked;
    await field.fill('rule last { never { span.amount > 1000 } }');
    await page.getByRole('heading', { level: 2, name: /^last: /u }).waitFor();
    await forgotten;
    expect(complaints).toEqual([]);
  });

  it('shows since when in the words of the report', async () => {
    const { page } = await open(shop.url);
    await replayed(page);
    const row = page.locator('.rules > li', { hasText: 'reserve-before-charge' });
    await expect
      .poll(() => row.textContent())
      .toContain('0 % until 20 Nov 2026 14:30'.replace('20 Nov 2026 ', ''));
  });

  it.each(WIDTHS)(
    'has nothing that axe finds fault with, nor wider than the window, at %i pixels',
    async (width) => {
      for (const scheme of ['light', 'dark'] as const) {
        const { page, complaints } = await open(shop.url, { width, scheme });
        await replayed(page);
        const pages = [
          '#/',
          '#/rules/n-plus-one',
          '#/query?q=%7B%20status%20%3D%20error%20%7D',
          '#/try?rule=n-plus-one',
        ];
        for (const where of pages) {
          await hash(page, where);
          await page.locator('main h1').waitFor();
          await page
            .locator(where === '#/' ? '.spark' : where.includes('query') ? 'tbody tr' : '.uplot')
            .first()
            .waitFor();
          expect([where, scheme, await violationsOfAxe(page)]).toEqual([where, scheme, []]);
          const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
          expect([where, fits]).toEqual([where, true]);
        }
        await hash(page, '#/rules/n-plus-one');
        await page.locator('.violations a').first().click();
        await page.locator('.waterfall .marked').first().waitFor();
        expect(['trace', scheme, await violationsOfAxe(page)]).toEqual(['trace', scheme, []]);
        expect(complaints).toEqual([]);
      }
    },
  );

  it('says what is different about the cases that violate a rule', async () => {
    const service = await start({
      settings: { rules: ['test/replay/flows/flow-v5.betrace'], 'storage.blocks': join(FIXTURES, 'flow-v5') },
    });
    const { page } = await open(service.url);
    await replayed(page);
    await hash(page, '#/rules/one-charge-per-key');
    const [first] = await page.locator('.differences > li').allInnerTexts();
    expect(first).toMatch(
      /^resource\.service\.version = 2\.4\.0 and resource\.cloud\.region = eu-west\n87 % of violations/u,
    );
    expect(await violationsOfAxe(page)).toEqual([]);
  });

  it('shows what changes without being asked again and again', async () => {
    const file = join(temporaryDirectory(), 'a.betrace');
    writeFileSync(file, 'rule before { never { name = "x" } }');
    const service = await start({ settings: { rules: [file] } });
    const { page, complaints } = await open(service.url);
    await page.locator('.rules a', { hasText: 'before' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    // What is asked once the events are open may come late on a busy machine; a page that polls is never quiet.
    await expect
      .poll(async () => {
        asked.length = 0;
        await page.waitForTimeout(4000);
        return asked;
      })
      .toEqual([]);
    writeFileSync(file, 'rule after { never { name = "y" } }');
    await page.locator('.rules a', { hasText: 'after' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows the evidence that the service has kept, by control and day by day', async () => {
    const directory = temporaryDirectory();
    const key = newKey();
    const keyFile = join(directory, 'k.pem');
    writeFileSync(keyFile, key);
    writeChain(join(directory, 'state'), 'single-tenant', signingKey(key));
    const service = await start({
      settings: {
        rules: [SHOP_RULES],
        'otlp.http_port': 0,
        'live.directory': join(directory, 'state'),
        'evidence.enabled': true,
        'evidence.key_file': keyFile,
      },
    });
    for (const [width, scheme] of [
      [400, 'dark'],
      [1600, 'light'],
    ] as const) {
      const { page, complaints } = await open(`${service.url}/#/evidence`, { width, scheme });
      const row = page.locator('tbody tr', { hasText: 'SOC2:CC6.1' }).first();
      await row.waitFor();
      expect(await row.textContent()).toMatch(/1 violated\s*1 kept/u);
      expect(await page.locator('.days li').count()).toBe(2);
      await page.getByText('What was demanded').first().click();
      expect(await page.locator('.evidence pre').first().textContent()).toContain('</pre><script>');
      expect(await violationsOfAxe(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
    }
    const { page } = await open(`${shop.url}/#/evidence`);
    await page.getByText('This service keeps no evidence').waitFor();
  });

  it('can be walked by keyboard: spans fold, and show their attributes', async () => {
    const { page } = await open(shop.url);
    await replayed(page);
    await hash(page, '#/rules/n-plus-one');
    await page.locator('.violations a').first().click();
    const rows = page.getByRole('treeitem');
    await rows.first().waitFor();
    const all = await rows.count();
    await rows.first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    expect(await rows.count()).toBeLessThan(all);
    await page.keyboard.press('ArrowRight');
    expect(await rows.count()).toBe(all);
    await page.keyboard.press('Enter');
    await page.locator('.attributes', { hasText: 'resource.service.name' }).waitFor();
    await page.keyboard.press('End');
    expect(await page.evaluate(`document.activeElement.getAttribute('data-row')`)).toBe(String(all - 1));
  });

  it('asks queries, plots metrics, and shows what the service says of a mistake', async () => {
    const { page } = await open(`${shop.url}/#/query`);
    const input = page.getByRole('textbox', { name: /TraceQL/ });
    await input.fill('{ name = "payment.charge_card" } | rate() by (resource.service.name)');
    await page.keyboard.press('Enter');
    await page.locator('.uplot canvas').waitFor();
    await input.fill('over 1h never { status = error } | count_over_time() > 1');
    await page.keyboard.press('Enter');
    await page.getByText('clause = never#1').first().waitFor();
    await input.fill('violations of double-charge');
    await page.keyboard.press('Enter');
    await page.getByText('2 traces').waitFor();
    await input.fill('violations of double-charge | by(resource.service.name)');
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: 'resource.service.name' }).waitFor();
    expect(await page.getByRole('row').last().textContent()).toBe('2payment');
    await input.fill('{ nme = "x" }');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toMatch(/BT\d{4}|nme/);
  });

  it('shows hostile names, values and rules as they are', async () => {
    const folder = temporaryDirectory();
    const hostile = '</p><script>alert(1)</script><img src=x onerror=alert(1)>\\u202e';
    writeFileSync(join(folder, 'a.betrace'), `rule a { summary = "${hostile}" never { name =~ ".*" } }`);
    const service = await start({ settings: { rules: [folder], 'storage.blocks': CONF } });
    const { page, complaints } = await open(service.url);
    await replayed(page);
    expect(await page.locator('.what p').textContent()).toContain('<script>alert(1)</script>');
    await hash(page, '#/rules/a');
    await page.locator('.violations a').first().click();
    await page.getByRole('treeitem').first().waitFor();
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.evaluate(String.raw`/[\u202a-\u202e]/u.test(document.body.innerText)`)).toBe(false);
    expect(complaints).toEqual([]);
  });
});
