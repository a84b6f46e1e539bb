// What `npm start` shows: a replay of the rules of queries/shop over the blocks that the repository carries, which tells since when they are
// broken; one over blocks of a rollout, which tells what differs; and then the service, which serves them and watches the spans that it is sent.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SHOWN = ['queries/shop', '--blocks', 'test/fixtures/blocks/shop-v5'];

/** A version was rolled out in these blocks, and it charges twice in one region. */
const ROLLOUT = [
  'test/replay/flows/flow-v5.betrace',
  '--blocks',
  'test/fixtures/blocks/flow-v5',
  '--rule',
  'one-charge-per-key',
];

/** Runs a command in this process, so that signals reach it. `main` is the file of the command line. */
export async function run(main, command) {
  process.argv = [process.execPath, main, ...command];
  await import(main);
}

/** `options` are for `serve`; `--once` leaves the service out, as `CI` in the environment does. */
export async function demonstrate(main, options) {
  replay(main, SHOWN);
  console.log(
    '\nSince when is one thing. In other blocks a version was rolled out: what is different about the violations?\n',
  );
  replay(main, [...ROLLOUT, '--why', '--limit', '0']);
  console.log(
    '\nAnd what nobody has written down yet, the traces tell: betrace discover --blocks test/fixtures/blocks/shop-v5',
  );
  if (options.includes('--once')) return;
  if (process.env.CI) {
    console.error(
      '\nCI is set, so the service is not started. To start it: npm start -- serve RULES… --blocks DIR',
    );
    return;
  }
  const [http, grpc, otlp] = await Promise.all([3210, 4317, 4318].map(freePort));
  const state = mkdtempSync(join(tmpdir(), 'betrace-start-'));
  process.once('exit', () => rmSync(state, { recursive: true, force: true }));
  void sayNext(http, grpc, otlp);
  await run(main, [
    'serve',
    ...SHOWN,
    '--http-port',
    http,
    '--otlp-grpc-port',
    grpc,
    '--otlp-http-port',
    otlp,
    // Violations are warnings; who asked what is not what is to be seen here.
    '--log-format',
    'text',
    '--log-level',
    'warn',
    '--set',
    `live.directory=${state}`,
    '--set',
    'live.complete_after=2s',
    '--set',
    'live.quiet_after=5s',
    ...options,
  ]);
}

function replay(main, options) {
  const command = [...process.execArgv, main, 'replay', ...options];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  // Finding violations is what this is for, not a failure.
  if (status !== 0 && status !== 1) process.exit(status ?? 1);
}

/** The usual port or, where somebody has it, another. */
async function freePort(usual) {
  const port = (await listens(usual)) ?? (await listens(0));
  if (port !== usual) console.error(`Port ${usual} is taken; ${port} is used instead.`);
  return String(port);
}

function listens(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const taken = server.address().port;
      server.close(() => resolve(taken));
    });
  });
}

async function sayNext(http, grpc, otlp) {
  const ready = () =>
    fetch(`http://127.0.0.1:${http}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await sleep(100, undefined, { ref: false });
  // The page then shows what was replayed above; where it cannot be had, the page says so and has a button.
  const headers = { 'content-type': 'application/json' };
  await fetch(`http://127.0.0.1:${http}/betrace/v1/replays`, {
    method: 'POST',
    headers,
    body: '{"limit":500,"why":true}',
  }).catch(() => {});
  const elsewhere = otlp === '4318' ? '' : ` -- --to http://127.0.0.1:${otlp}/v1/traces`;
  console.log(`
The service runs. Its page, at the address above, has what was just replayed: since when, what differs, and each violation in its trace. The same rules watch the spans that it receives by OTLP:
  127.0.0.1:${grpc} (gRPC), http://127.0.0.1:${otlp}/v1/traces (HTTP)

Send it traffic with bugs from another terminal, and the violations appear here:
  npm run traffic${elsewhere}

To have a span for each violation, too: npm start -- --export http://tempo:4317
Ctrl-C ends it.
`);
}
