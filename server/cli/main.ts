#!/usr/bin/env node
import { bundleOf, loadBundle } from './bundled.js';

const bundle = bundleOf(process.argv[2]);
const { startCommand } = (bundle && loadBundle(bundle)?.exports) ?? (await import('./start-command.js'));
await startCommand();
