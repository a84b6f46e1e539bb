/** The questions asked by HTTP of a Tempo that serves the same blocks, and of our own service: ratios of both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { LIMIT, type Range, rangeOf, SPANS_PER_SPANSET, STEP_NS } from './asked.js';
import { QUESTIONS, type Question } from './questions.js';
import { line, medianOf, RUNS, tableHead, tableRow } from './times.js';

const MAIN = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));

/**
 * Prints a line for each question that Tempo can be asked. Both are asked for the newest traces, which ours always answers with: without
 * the hint Tempo stops at the first that it comes across, for which there is a column of its own.
 */
export async function measureTempo(url: string | undefined, directory: string): Promise<void> {
  if (url === undefined) throw new Error('npm run bench -- tempo URL: which Tempo?');
  const storage = localStorage(directory);
  const { tenants } = await findTenants(storage);
  const { blocks } = await listBlocks(storage, tenants[0]!);
  const range = rangeOf(blocks);
  const work = mkdtempSync(join(tmpdir(), 'betrace-tempo-'));
  line('milliseconds; cpu: time of processors of the process that answers, by its own metrics');
  tableHead([
    'question',
    'of Tempo',
    'cpu, of Tempo',
    'first, of Tempo',
    'in all',
    'cpu',
    'Tempo, in all',
    'Tempo, cpu',
    'Tempo, any traces',
  ]);
  const service = await serve(directory, join(work, 'cache'));
  try {
    for (const question of [...QUESTIONS.filter(({ kind }) => kind !== 'rule'), ...TAGS]) {
      const path = pathOf(question, range);
      await get(url, path);
      const tempo = await timesOf(url, path);
      const any = question.kind === 'search' ? await timesOf(url, pathOf(question, range, '')) : undefined;
      const first = performance.now();
      await get(service.url, path);
      const firstMs = performance.now() - first;
      const ours = await timesOf(service.url, path);
      tableRow([
        question.name,
        `${(ours.wall / tempo.wall).toFixed(2)} ×`,
        `${(ours.cpu / tempo.cpu).toFixed(2)} ×`,
        `${(firstMs / tempo.wall).toFixed(2)} ×`,
        ...[ours.wall, ours.cpu, tempo.wall, tempo.cpu].map((figure) => figure.toFixed(0)),
        any === undefined ? '' : any.wall.toFixed(0),
      ]);
    }
  } finally {
    await service.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

type TempoQuestion = Pick<Question, 'name' | 'text'> & { readonly kind: Question['kind'] | 'values' };

const TAGS: readonly TempoQuestion[] = [
  { kind: 'values', name: 'values of a tag', text: 'resource.service.name' },
  { kind: 'values', name: 'values of a tag of spans', text: 'span.tenant.id' },
];

const NEWEST = ' with (most_recent=true)';

function pathOf({ kind, text }: TempoQuestion, { fromNs, toNs }: Range, hint = NEWEST): string {
  const seconds = { start: String(fromNs / 1_000_000_000n), end: String(toNs / 1_000_000_000n) };
  if (kind === 'values')
    return `/api/v2/search/tag/${encodeURIComponent(text)}/values?${new URLSearchParams(seconds)}`;
  if (kind === 'search') {
    const asked = { q: text + hint, limit: String(LIMIT), spss: String(SPANS_PER_SPANSET) };
    return `/api/search?${new URLSearchParams({ ...asked, ...seconds })}`;
  }
  const step = `${STEP_NS / 1_000_000_000n}s`;
  return `/api/metrics/query_range?${new URLSearchParams({ q: text, step, ...seconds })}`;
}

async function get(url: string, path: string): Promise<string> {
  const response = await fetch(url + path);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}${path}: ${response.status} ${text.slice(0, 200)}`);
  return text;
}

interface HttpTimes {
  readonly wall: number;
  /** Of one answer, as the mean of all. */
  readonly cpu: number;
}

async function timesOf(url: string, path: string): Promise<HttpTimes> {
  const before = await cpuMs(url);
  const walls: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await get(url, path);
    walls.push(performance.now() - start);
  }
  return { wall: medianOf(walls), cpu: ((await cpuMs(url)) - before) / RUNS };
}

async function cpuMs(url: string): Promise<number> {
  const text = await get(url, '/metrics');
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]) * 1000;
}

async function serve(
  blocks: string,
  cache: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const args = [MAIN, 'serve', '--blocks', blocks, '--cache', cache, '--http-port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await address(child);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function address(child: ChildProcess): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the service ended: ${text}`)));
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /^(http:\S+)/m.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}
