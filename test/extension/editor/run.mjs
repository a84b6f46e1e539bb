/**
 * Drives the packed extension in real editors: `npm run test:editor`. Screenshots go to dist/editor.
 *
 * --only server|web, --bail (ends at the first step that fails), --theme NAME, --size 1400x860, --out FOLDER
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setUp } from '../../../server/setup.mjs';
import { inServer } from './in-server.mjs';
import { inWeb } from './in-web.mjs';
import { installEditor } from './install.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    theme: { type: 'string', default: 'Default Dark Modern' },
    size: { type: 'string', default: '1400x860' },
    bail: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'dist/editor') },
  },
});

const started = performance.now();
const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;
let [passed, failed] = [0, 0];
/** Runs the steps of a scenario one after the other; each needs what those before it did. */
async function follow(page, steps) {
  for (const [title, run] of steps) {
    const from = performance.now();
    try {
      await run();
      passed++;
      console.log(`ok: ${title} (${seconds(from)})`);
    } catch (error) {
      failed++;
      console.log(`FAILED: ${title}: ${error.message}`);
      await page.screenshot({ path: join(values.out, `failed-${failed}.png`) });
      if (values.bail) return;
    }
  }
}

async function drive() {
  const editor = installEditor();
  setUp();
  execFileSync(process.execPath, [join(root, 'extension/build/package.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  mkdirSync(values.out, { recursive: true });
  console.log(`ready after ${seconds(started)}`);

  const options = {
    root,
    editor,
    follow,
    theme: values.theme,
    size: values.size.split('x').map(Number),
    /** Of the whole window, or of a part that is given by its selector. */
    shotOf: (page) => async (name, part) => {
      // Nothing is hovered over that the user does not mean.
      await page.mouse.move(0, 0);
      const clip = part === undefined ? undefined : await page.locator(part).last().boundingBox();
      await page.screenshot({ path: join(values.out, `${name}.png`), ...(clip ? { clip } : {}) });
    },
  };
  if (values.only !== 'web') await inServer(options);
  if (values.only !== 'server') await inWeb(options);
}

// Whatever keeps the editor from starting is a failure among others: the count comes last.
try {
  await drive();
} catch (error) {
  failed++;
  console.log(`FAILED: an editor that can be driven: ${error.message}`);
}
console.log(`${passed} passed, ${failed} failed, in ${seconds(started)}`);
process.exit(failed === 0 ? 0 : 1);
