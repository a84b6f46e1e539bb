#!/usr/bin/env node
import { runCli } from './run.js';
import { terminalOf } from './terminal/terminal.js';

// A reader that has seen enough (`betrace blocks … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(
  process.argv.slice(2),
  terminalOf(process.stdout, process.stderr, process.env),
);
