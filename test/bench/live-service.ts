/** The service as its users start it, for the benchmark of the live path, and what it says of itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));
/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const BLOCKS = join(process.cwd(), 'test/fixtures/blocks/shop-v5');
/** Each look costs the service what a scrape of its metrics does, which Prometheus makes every 15 s. */
const SAMPLE_MS = 2000;

export interface BenchedService {
  readonly grpcPort: number;
  /** The most that was seen of these so far: traces held, and bytes of resident memory. */
  readonly most: { readonly traces: number; readonly rss: number; readonly flowSpans: number };
  metrics(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

export async function startService(
  directory: string,
  exportTo: string,
  settings: readonly string[],
  rulesText: string,
): Promise<BenchedService> {
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
      BLOCKS,
      '--cache',
      join(directory, 'cache'),
      '--http-port',
      '0',
      '--otlp-grpc-port',
      '0',
      '--export',
      exportTo,
      ...set.flatMap((setting) => ['--set', setting]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [http, grpc] = await Promise.all([
    printed(child, 'stdout', /^(http:\S+)/),
    printed(child, 'stderr', /"port":(\d+),"msg":"receiving OTLP over gRPC"/),
  ]);
  const most = { traces: 0, rss: 0, flowSpans: 0 };
  const sampling = setInterval(() => {
    void metricsOf(http).then((metrics) => {
      most.traces = Math.max(most.traces, metrics.get('betrace_open_traces') ?? 0);
      most.flowSpans = Math.max(most.flowSpans, metrics.get('betrace_flow_spans') ?? 0);
      most.rss = Math.max(most.rss, metrics.get('process_resident_memory_bytes') ?? 0);
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

/** Metrics without labels, by name; none where the service does not answer. */
async function metricsOf(http: string): Promise<ReadonlyMap<string, number>> {
  const text = await fetch(`${http}/metrics`)
    .then(async (response) => await response.text())
    .catch(() => '');
  return new Map([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name!, Number(value)]));
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
