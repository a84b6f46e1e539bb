/**
 * Drives the built plugin in Chromium with Grafana's own packages, against a service over the blocks of the tests. `npm run test:grafana [FOLDER]`:
 * the packages are installed there, 700 MB, unless they are; without a folder, in one of its own for this run.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const PACKAGES = {
  '@grafana/data': '12.4.0',
  '@grafana/runtime': '12.4.0',
  '@grafana/ui': '12.4.0',
  'monaco-editor': '0.34.1',
  react: '^18.3.1',
  'react-dom': '^18.3.1',
};
/** What Grafana names of it is at an address that a registry does not have. */
const OVERRIDES = { 'react-data-grid': '7.0.0-beta.59' };

const [given] = process.argv.slice(2);
const folder = given ?? mkdtempSync(join(tmpdir(), 'betrace-grafana-'));
const ends = [given === undefined && (() => rmSync(folder, { recursive: true, force: true }))];

function install() {
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(folder, 'node_modules/@grafana/ui'))) return;
  const manifest = { private: true, dependencies: PACKAGES, overrides: OVERRIDES };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...options], { cwd: folder, stdio: 'inherit' });
}

async function bundle() {
  // From there it finds the packages, and no other React.
  copyFileSync(new URL('page.mjs', import.meta.url), join(folder, 'page.mjs'));
  await build({
    entryPoints: [join(folder, 'page.mjs')],
    outdir: join(folder, 'out'),
    bundle: true,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.ttf': 'dataurl', '.woff2': 'dataurl', '.svg': 'text' },
    logLevel: 'error',
  });
}

async function service() {
  const options = ['--blocks', 'test/fixtures/blocks/shop-v5', '--http-port', '0', '--log-level', 'silent'];
  const started = spawn(process.execPath, ['dist/server/cli/main.js', 'serve', 'queries/shop', ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends.push(() => started.kill());
  for await (const text of started.stdout) {
    const [url] = /http:\/\/\S+/u.exec(String(text)) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('the service did not start');
}

const PAGE =
  '<!doctype html><base href="/"><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"><body><div id="root"></div><script type="module" src="/page.js"></script>';

async function grafana(url) {
  const files = {
    '/page.js': join(folder, 'out/page.js'),
    '/page.css': join(folder, 'out/page.css'),
    '/plugin/module.js': join(root, 'dist/grafana-plugin/module.js'),
    '/plugin/datasource/module.js': join(root, 'dist/grafana-plugin/datasource/module.js'),
  };
  const proxied = '/api/datasources/proxy/uid/shop';
  const server = createServer(async (request, response) => {
    const file = files[request.url];
    const type = file?.endsWith('.css') ? 'text/css' : 'text/javascript';
    if (file !== undefined) return response.setHeader('content-type', type).end(readFileSync(file));
    if (!request.url.startsWith(proxied)) return response.setHeader('content-type', 'text/html').end(PAGE);
    const body = Buffer.concat(await request.toArray());
    const answer = await fetch(`${url}${request.url.slice(proxied.length)}`, {
      method: request.method,
      ...(body.length > 0 && { body, headers: { 'content-type': 'application/json' } }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    for await (const part of answer.body ?? []) response.write(part);
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/a/betrace-app`;
}

/** Each prints what it has seen. */
async function drive(page) {
  const { message } = await page.evaluate('real.source.testDatasource()');
  assert.match(message, /12 rules, 2 blocks of traces/);
  console.log(`check: ${message}`);

  const request = `{ range: { from: 1795132800000, to: 1795219200000 }, intervalMs: 3600000, scopedVars: {} }`;
  const ask = (query, read) =>
    page.evaluate(`real.source.query({ targets: [{ refId: 'A', ...${JSON.stringify(query)} }], ...${request} })
      .then(({ data }) => data).then(${read})`);
  const [first] = await ask(
    { query: 'violations of fraud-check-required' },
    '([frame]) => new real.data.DataFrameView(frame).toArray().map((row) => ({ ...row }))',
  );
  const marked = await ask(
    { query: first.traceID, rule: first.rule, evidence: first.evidence },
    '([frame]) => new real.data.DataFrameView(frame).toArray().filter((span) => span.warnings.length > 0).map((span) => span.operationName)',
  );
  assert.deepEqual(marked, ['payment.charge_card']);
  console.log(`trace: marked ${marked}`);
  const links = await ask(
    { query: 'violations of fraud-check-required' },
    `([{ fields }]) => fields.flatMap(({ config }) => (config.links ?? []).map(({ title }) => title))`,
  );
  assert.deepEqual(links, [
    'Service in Traces Drilldown',
    'Trace with the evidence',
    'Trace in Tempo of ours',
  ]);
  console.log(`links: ${links.join(', ')}`);

  await page.evaluate('real.showQueryEditor()');
  await page.locator('.monaco-editor .view-lines').click();
  await page.keyboard.type('violations of dou', { delay: 50 });
  await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'double-charge' }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Shift+Enter');
  await page.waitForFunction('real.ran === 1');
  const { query } = await page.evaluate('real.query');
  assert.equal(query, 'violations of double-charge');
  console.log(`editor: completed and ran ${query}`);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('{ nme = "x"', { delay: 50 });
  await page.keyboard.press('Escape');
  await page.locator('.squiggly-error').first().waitFor();
  console.log('editor: a mistake is underlined');

  await page.evaluate('real.showConfigEditor()');
  await page.getByText('Custom HTTP Headers').waitFor();
  console.log("settings: Grafana's own, with headers");
  await page.locator('#betrace-tempo').click();
  await page.getByText('Tempo of ours').click();
  await page.waitForFunction(`real.jsonData.tempoUid === 'tempo-uid'`);
  console.log('settings: a Tempo data source is chosen');

  await page.evaluate('real.showApp()');
  await page.getByRole('button', { name: 'Replay all rules' }).click();
  await page.locator('.rules .spark').first().waitFor();
  await page.locator('.rules a', { hasText: 'reserve-before-charge' }).click();
  await page.locator('.uplot canvas').waitFor();
  await page.locator('.violations a').first().click();
  await page.locator('.waterfall .marked').first().waitFor();
  console.log(`app: ${await page.locator('.waterfall .marked').count()} spans marked`);
  await page.getByRole('link', { name: 'Try a rule' }).click();
  await page.getByRole('combobox').selectOption('all that is stored');
  const field = page.getByRole('textbox', { name: 'Rules' });
  await field.fill('rule slow { never { name = "payment.charge_card" && ');
  await field.press('End');
  await field.pressSequentially('dur');
  await page.getByRole('option', { name: /^duration/ }).click();
  await field.pressSequentially(' > 100ms } }');
  const tried = page.getByRole('heading', { level: 2, name: /^slow: / });
  await tried.waitFor();
  console.log(`app: ${await tried.textContent()}`);
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
}

try {
  install();
  await bundle();
  const url = await grafana(await service());
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  ends.push(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  await page.waitForFunction('window.real !== undefined');
  await drive(page);
  assert.deepEqual(errors, []);
} finally {
  for (const end of ends.reverse()) if (end !== false) await end();
}
