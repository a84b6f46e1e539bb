// What `npm start` does once everything is compiled, with the sources in place of that.
import { fileURLToPath } from 'node:url';
import { demonstrate } from '../../../server/demo.mjs';

const main = fileURLToPath(new URL('../../../server/cli/main.ts', import.meta.url));
await demonstrate(main, process.argv.slice(2));
