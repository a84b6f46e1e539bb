/** The service as its users start it, for the benchmark of the live path, and what it says of itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));
/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const FIXTURES = join(process.cwd(), 'test/fixtures/blocks');
/** Each look costs the service what a scrape of its metrics does, which Prometheus makes every 15 s. */
const SAMPLE_MS = 2000;

export interface BenchedServiceOptions {
  readonly directory: string;
  /** Where violations are sent. */
  readonly exportTo: string;
  readonly rules: string;
  /** As `--set` takes them. */
  readonly settings: readonly string[];
  /** Of the fixtures. */
  readonly blocks?: string;
  /** It has no port for spans then. */
  readonly readsTopic?: boolean;
}

export interface BenchedService {
  /** `NaN` where it reads a topic. */
  readonly grpcPort: number;
  /** The most that was seen of these so far: traces held, and bytes of resident memory. */
  readonly most: { readonly traces: number; readonly rss: number; readonly flowSpans: number };
  metrics(): Promise<Metrics>;
  stop(): Promise<void>;
}

export async function startService({
  directory,
  exportTo,
  rules: rulesText,
  settings,
  blocks = 'shop-v5',
  readsTopic = false,
}: BenchedServiceOptions): Promise<BenchedService> {
  mkdirSync(directory, { recursive: true });
  const rules = join(directory, 'rules.betrace');
  writeFileSync(rules, rulesText);
  const set = [`live.directory=${join(directory, 'state')}`, ...settings];
  const child = spawn(
    process.execPath,
    [
      MAIN,
      'serve',
      rules,
      '--blocks',
      join(FIXTURES, blocks),
      '--cache',
      join(directory, 'cache'),
      '--http-port',
      '0',
      ...(readsTopic ? [] : ['--otlp-grpc-port', '0']),
      '--export',
      exportTo,
      ...set.flatMap((setting) => ['--set', setting]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [http, grpc] = await Promise.all([
    printed(child, 'stdout', /^(http:\S+)/),
    readsTopic ? 'none' : printed(child, 'stderr', /"port":(\d+),"msg":"receiving OTLP over gRPC"/),
  ]);
  const most = { traces: 0, rss: 0, flowSpans: 0 };
  const sampling = setInterval(() => {
    void metricsOf(http).then((metrics) => {
      most.traces = Math.max(most.traces, metrics.total('betrace_open_traces'));
      most.flowSpans = Math.max(most.flowSpans, metrics.total('betrace_flow_spans'));
      most.rss = Math.max(most.rss, metrics.total('process_resident_memory_bytes'));
    });
  }, SAMPLE_MS);
  return {
    grpcPort: Number(grpc),
    most,
    metrics: async () => await metricsOf(http),
    stop: async () => {
      clearInterval(sampling);
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** What a service says of itself; nothing where it does not answer. */
export class Metrics {
  private readonly values = new Map<string, number[]>();

  /** `text`: as Prometheus reads it. */
  constructor(text: string) {
    for (const [, name, value] of text.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)) {
      const known = this.values.get(name!);
      if (known === undefined) this.values.set(name!, [Number(value)]);
      else known.push(Number(value));
    }
  }

  /** Of all that have this name, whatever their labels. */
  total(name: string): number {
    return (this.values.get(name) ?? []).reduce((sum, value) => sum + value, 0);
  }

  /** How many have this name. */
  count(name: string): number {
    return this.values.get(name)?.length ?? 0;
  }
}

async function metricsOf(http: string): Promise<Metrics> {
  const text = await fetch(`${http}/metrics`)
    .then(async (response) => await response.text())
    .catch(() => '');
  return new Metrics(text);
}

/** The first match in what the process prints. Rejects with all of it where the process ends. */
async function printed(child: ChildProcess, from: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the service ended: ${text}`)));
    child[from]!.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-10_000);
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}
