// The pictures of README, from a service that runs, and of a report that `betrace replay --format html` wrote:
// node server/web/pictures.mjs http://127.0.0.1:3210 report.html
import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [url = 'http://127.0.0.1:3210', report] = process.argv.slice(2);
const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
const shoot = (name) =>
  page.screenshot({ path: fileURLToPath(new URL(`screenshots/${name}.png`, import.meta.url)) });
await page.goto(url);
await page.locator('.spark').first().waitFor({ timeout: 120_000 });
await shoot('rules');
await page.goto(`${url}/#/rules/n-plus-one`);
await page.locator('.uplot canvas').waitFor();
await shoot('rule');
await page.locator('.violations a').first().click();
await page.locator('.waterfall .marked').first().waitFor();
await shoot('trace');
if (report !== undefined) {
  await page.goto(`${pathToFileURL(report).href}#rule-1`);
  await shoot('report');
}
await browser.close();
