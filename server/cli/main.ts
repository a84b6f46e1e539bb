#!/usr/bin/env node
import { bundled, isBundled } from './bundled.js';

const { startCommand } =
  (isBundled(process.argv[2]) ? bundled()?.exports : undefined) ?? (await import('./start-command.js'));
await startCommand();
