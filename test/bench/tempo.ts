/** The questions asked by HTTP of a Tempo that serves the same blocks, and of our own service: ratios of both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { TENANT_HEADER } from '../../server/http/tenant.js';
import { LIMIT, type Range, rangeOf, SPANS_PER_SPANSET, STEP_NS } from './asked.js';
import { QUESTIONS, type Question } from './questions.js';
import { line, medianOf, RUNS, tableHead, tableRow } from './times.js';

const MAIN = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));

/**
 * Prints a line for each question that Tempo can be asked. Both are asked for the newest traces, which ours always answers with: without
 * the hint Tempo stops at the first that it comes across, for which there is a column of its own. The service has answered all questions
 * of another tenant before, so its code is compiled.
 */
export async function measureTempo(url: string | undefined, directory: string): Promise<void> {
  if (url === undefined) throw new Error('npm run bench -- tempo URL: which Tempo?');
  const storage = localStorage(directory);
  const [tenant] = (await findTenants(storage)).tenants;
  const { blocks } = await listBlocks(storage, tenant!);
  const range = rangeOf(blocks);
  const questions = [...QUESTIONS.filter(({ kind }) => kind !== 'rule'), ...TAGS];
  const work = mkdtempSync(join(tmpdir(), 'betrace-tempo-'));
  const copies = join(work, 'blocks');
  for (const name of [WARM, ...questions.flatMap((_, index) => [nothingCached(index), restCached(index)])])
    linkFiles(join(directory, tenant!.path), join(copies, 'blocks', name));
  line('milliseconds; cpu: time of processors of the process that answers, by its own metrics');
  tableHead([
    'question',
    'of Tempo',
    'cpu, of Tempo',
    'new attributes, of Tempo',
    'new blocks, of Tempo',
    'in all',
    'cpu',
    'Tempo, in all',
    'Tempo, cpu',
    'Tempo, any traces',
  ]);
  const service = await serve(copies, work);
  const ask = async (path: string, tenant: string): Promise<number> => {
    const start = performance.now();
    await get(service.url, path, tenant);
    return performance.now() - start;
  };
  try {
    for (const question of questions) await ask(pathOf(question, range), WARM);
    for (const [index, question] of questions.entries()) {
      const path = pathOf(question, range);
      await get(url, path);
      const tempo = await timesOf(url, path);
      const any = question.kind === 'search' ? await timesOf(url, pathOf(question, range, '')) : undefined;
      await ask(path, WARM);
      const ours = await timesOf(service.url, path, WARM);
      await ask(pathOf(ANY_SPANS, range), restCached(index));
      const newAttributes = await ask(path, restCached(index));
      const newBlocks = await ask(path, nothingCached(index));
      const ratio = (wall: number): string => `${(wall / tempo.wall).toFixed(2)} ×`;
      tableRow([
        question.name,
        ratio(ours.wall),
        `${(ours.cpu / tempo.cpu).toFixed(2)} ×`,
        ratio(newAttributes),
        ratio(newBlocks),
        ...[ours.wall, ours.cpu, tempo.wall, tempo.cpu].map((figure) => figure.toFixed(0)),
        any === undefined ? '' : any.wall.toFixed(0),
      ]);
    }
  } finally {
    await service.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Tenants with the same blocks, which the cache keeps apart. */
const WARM = 'warm';
const nothingCached = (index: number): string => `new-${index}`;
const restCached = (index: number): string => `known-${index}`;

/** Hard links where the file system can, or else copies. */
function linkFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFiles(source, target);
    else
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target);
      }
  }
}

type TempoQuestion = Pick<Question, 'name' | 'text'> & { readonly kind: Question['kind'] | 'values' };

const TAGS: readonly TempoQuestion[] = [
  { kind: 'values', name: 'values of a tag', text: 'resource.service.name' },
  { kind: 'values', name: 'values of a tag of spans', text: 'span.tenant.id' },
];

/** What each question needs, and no attribute but the service. */
const ANY_SPANS: TempoQuestion = { kind: 'search', name: 'any spans', text: '{ }' };

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

async function get(url: string, path: string, tenant?: string): Promise<string> {
  const response = await fetch(
    url + path,
    tenant === undefined ? {} : { headers: { [TENANT_HEADER]: tenant } },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}${path}: ${response.status} ${text.slice(0, 200)}`);
  return text;
}

interface HttpTimes {
  readonly wall: number;
  /** Of one answer, as the mean of all. */
  readonly cpu: number;
}

async function timesOf(url: string, path: string, tenant?: string): Promise<HttpTimes> {
  const before = await cpuMs(url);
  const walls: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await get(url, path, tenant);
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
  work: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const config = join(work, 'betrace.yaml');
  writeFileSync(config, 'multitenancy_enabled: true\n');
  const places = ['--blocks', blocks, '--cache', join(work, 'cache'), '--config', config];
  const args = [MAIN, 'serve', ...places, '--http-port', '0'];
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
