/** `betrace serve` as a process of its own, with all it has on real sockets and a real disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { MAIN } from '../../support/command.js';
import { metricIn, SHOP, temporaryDirectory } from '../service/support.js';

const CLOCK = new URL('../../support/clock.mjs', import.meta.url).href;

/** A trace with a `charge` and no `check` violates it. */
export const CHECKED = 'rule checked { when { name = "charge" } always { name = "check" } }';

export interface ServeOptions {
  /** Where rules and state are; what another process left there is taken up. */
  readonly directory?: string;
  readonly rules?: string;
  readonly export?: string;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Without ports for OTLP, where spans come another way. */
  readonly withoutPorts?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs the command line instead of this Node.js, such as `['prlimit', '--fsize=1000:unlimited']`. */
  readonly wrapper?: readonly string[];
  readonly nodeOptions?: readonly string[];
}

export interface Serving {
  readonly directory: string;
  readonly process: ChildProcess;
  readonly url: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  log(): string;
  /** The value of a metric with these labels, 0 where it has none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Sets its clock that far from that of the machine. */
  setClock(offsetMs: number): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

/** Resolves once it receives spans; killed when the test is over. */
export async function serve(options: ServeOptions = {}): Promise<Serving> {
  const { directory = temporaryDirectory(), rules = CHECKED, wrapper = [], nodeOptions = [] } = options;
  writeFileSync(join(directory, 'rules.betrace'), rules);
  const settings = {
    'http.port': 0,
    ...(options.withoutPorts === true ? {} : { 'otlp.grpc_port': 0, 'otlp.http_port': 0 }),
    'storage.blocks': SHOP,
    'storage.cache_directory': join(directory, 'cache'),
    'live.directory': join(directory, 'state'),
    'live.complete_after': '1s',
    ...(options.export === undefined ? {} : { 'export.endpoint': options.export }),
    ...options.settings,
  };
  const [command = process.execPath, ...before] = [...wrapper, process.execPath];
  const child = spawn(
    command,
    [
      ...before,
      ...nodeOptions,
      '--import',
      CLOCK,
      MAIN,
      'serve',
      join(directory, 'rules.betrace'),
      ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, ...options.env } },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(text)));
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      // Said last, when everything listens.
      const [, found] = /"url":"([^"]+)"[^\n]*"msg":"listening"/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const portOf = (name: string): number =>
    Number(new RegExp(`"port":(\\d+),"msg":"receiving OTLP over ${name}"`).exec(text)?.[1]);
  const exit = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    directory,
    process: child,
    url,
    grpcPort: portOf('gRPC'),
    httpPort: portOf('HTTP'),
    log: () => text,
    metric: async (name, labels = {}) => metricIn(await (await fetch(`${url}/metrics`)).text(), name, labels),
    setClock: async (clockOffsetMs) => {
      const set = once(child, 'message');
      child.send({ clockOffsetMs });
      await set;
    },
    kill: async () => void (await exit('SIGKILL')),
    stop: async () => await exit('SIGTERM'),
  };
}

/** What `/-/ready` says of a part. */
export async function readinessOf(
  { url }: Serving,
  part: string,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${url}/-/ready`, { headers: { accept: 'application/json' } });
  const { ready, parts } = (await response.json()) as {
    readonly ready: boolean;
    readonly parts: readonly Readonly<Record<string, unknown>>[];
  };
  return { ready, ...parts.find(({ name }) => name === part) };
}

/** A trace of these spans, the first its root, that ended just now. */
export function traceNow(number: number, ...names: readonly string[]): Trace {
  const start = BigInt(Date.now()) * 1_000_000n;
  const spans = names.map((name, n): Span => ({ ...span(n + 1, n === 0 ? undefined : 1, { name }), start }));
  return { traceId: traceId(number), spans };
}

/** The status of the answer. */
export async function send({ httpPort }: Serving, ...traces: readonly Trace[]): Promise<number> {
  return (await post(httpPort, protobufOf(traces))).status;
}

export async function post(
  port: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    body: Buffer.from(body),
  });
}

/** Bytes: the most that the process has had in memory; 0 where the system is not one that tells. */
export function peakRss({ process: { pid } }: Serving): number {
  if (platform() !== 'linux') return 0;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024;
}
