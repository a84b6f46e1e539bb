// `npm start`: sets itself up and shows what it does. `npm start -- COMMAND …` runs a command of the command line instead.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demonstrate, run } from './demo.mjs';
import { setUp } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist/server/cli/main.js');
const args = process.argv.slice(2);

setUp();
process.chdir(root);
if (args.length > 0 && !args[0].startsWith('-')) await run(main, args);
else await demonstrate(main, args);
