/** Chromium without a window, in a profile of its own, in which nothing outside this machine is reached. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const TIMEOUT_MS = 45_000;
/** Webviews of an editor in the browser live on an origin of their own, and need its storage. */
const PREFERENCES = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };

/** Nothing is slowed down because it seems not to be looked at. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-dev-shm-usage',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

export async function openPage({ editor, folder, size: [width, height], url }) {
  const { chromium } = createRequire(editor.requireFrom)('playwright-core');
  const profile = join(folder, 'chromium');
  mkdirSync(join(profile, 'Default'), { recursive: true });
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(PREFERENCES));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: editor.chromium,
    viewport: { width, height },
    args: ARGUMENTS,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(TIMEOUT_MS);
  await context.route(
    ({ hostname }) => hostname !== '127.0.0.1' && !/(^|\.)localhost$/.test(hostname),
    (route) => route.abort(),
  );
  await page.goto(url, { timeout: 2 * TIMEOUT_MS });
  await page.waitForSelector('.monaco-workbench .statusbar');
  return { page, close: () => context.close() };
}
