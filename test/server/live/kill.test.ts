/** What a process that is killed has acknowledged is judged by the next one, and nothing is emitted twice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { SHOP, temporaryDirectory } from '../service/support.js';
import { startReceiver } from './receiver.js';

const MAIN = fileURLToPath(new URL('../../../server/cli/main.ts', import.meta.url));

interface Serving {
  readonly process: ChildProcess;
  readonly port: number;
}

async function serve(directory: string, endpoint: string): Promise<Serving> {
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', MAIN, 'serve', join(directory, 'rules.betrace'), '--blocks', SHOP],
      ...[
        '--cache',
        join(directory, 'cache'),
        '--http-port',
        '0',
        '--otlp-http-port',
        '0',
        '--export',
        endpoint,
      ],
      ...['--set', `live.directory=${join(directory, 'state')}`, '--set', 'live.complete_after=1s'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(text)));
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const [, found] = /"port":(\d+),"msg":"receiving OTLP over HTTP"/.exec(text) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return { process: child, port };
}

/** Sends traces that break the rule until it is told to stop or nobody listens; returns those that were acknowledged. */
async function load(port: number, from: number, running: () => boolean): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let n = from; running(); n++) {
    const id = traceId(n);
    const body = protobufOf([{ traceId: id, spans: [span(1, undefined, { name: 'charge' })] }]);
    try {
      const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: Buffer.from(body),
      });
      if (response.status === 200) acknowledged.push(id);
    } catch {
      break;
    }
  }
  return acknowledged;
}

it('loses nothing that it acknowledged when it is killed under load, again and again', async () => {
  const directory = temporaryDirectory();
  writeFileSync(
    join(directory, 'rules.betrace'),
    'rule checked { when { name = "charge" } always { name = "check" } }',
  );
  const receiver = await startReceiver();
  const acknowledged: string[] = [];
  for (let round = 1; round <= 3; round++) {
    const serving = await serve(directory, receiver.url);
    const loading = [1, 2, 3].map((client) =>
      load(serving.port, round * 1_000_000 + client * 100_000, () => serving.process.exitCode === null),
    );
    // Long enough that some traces are closed, some are being sent, and some have just arrived.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    serving.process.kill('SIGKILL');
    await once(serving.process, 'exit');
    for (const ids of await Promise.all(loading)) acknowledged.push(...ids);
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  const last = await serve(directory, receiver.url);
  const missing = (): number => {
    const violated = new Set(receiver.violated());
    return acknowledged.filter((id) => !violated.has(id)).length;
  };
  await expect.poll(missing, { timeout: 60_000, interval: 200 }).toBe(0);
  // Every span of the receiver is one violation of one trace.
  expect(new Set(receiver.violated()).size).toBe(receiver.spans.size);
  last.process.kill('SIGTERM');
  const [code] = await once(last.process, 'exit');
  expect(code).toBe(0);
}, 180_000);
