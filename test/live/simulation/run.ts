/**
 * `npm run simulate -- [--seeds 10000] [--from 1] [--workers 2]`: more seeds than the tests try. Says every few seconds how far it is, ends
 * with the first seed that fails, and prints the least that makes it fail; the same seed does the same again. With `--mutants`
 * it tries whether seeds find faults that are put into a copy of the sources on purpose.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ended } from './ended.js';
import { tryMutants } from './mutants.js';
import {
  addProgress,
  type Failure,
  noProgress,
  type Progress,
  SQL_SHARE,
  seedsFrom,
  trySeeds,
} from './seeds.js';

const TELL_MS = 5000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    /** One process's part: every so-manieth seed. */
    part: { type: 'string' },
    'sql-share': { type: 'string', default: String(SQL_SHARE) },
    /** Reports a seed that fails as it is, not cut down. */
    whole: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    /** A part of the names of mutants. */
    only: { type: 'string' },
  },
});
const [from, seeds, workers] = [values.from, values.seeds, values.workers].map(wholeNumber) as [
  number,
  number,
  number,
];

type FromPart =
  /** All that it has done so far. */
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'failure'; readonly failure: Failure };

if (values.part !== undefined) await runPart(wholeNumber(values.part));
else if (values.mutants) process.exitCode = await runMutants();
else process.exitCode = await runAll();

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is no whole number`);
  return Number(text);
}

/** What one process of several does. */
async function runPart(step: number): Promise<void> {
  let going = true;
  process.on('message', () => {
    going = false;
  });
  // Ctrl-C reaches all processes of the terminal: the first one says when to end.
  process.on('SIGINT', () => undefined);
  const tell = (message: FromPart): void => {
    process.send?.(message);
  };
  const progress = noProgress();
  const send = (): void => tell({ kind: 'progress', progress });
  const part = trySeeds(seedsFrom(from, seeds, step), progress, {
    onSeed: () => going,
    sqlShare: wholeNumber(values['sql-share']),
    cutDown: !values.whole,
  });
  const timer = setInterval(send, 1000);
  const failure = await part;
  clearInterval(timer);
  send();
  if (failure !== undefined) tell({ kind: 'failure', failure });
  process.disconnect?.();
}

async function runMutants(): Promise<number> {
  const tell = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const survivors = await tryMutants({ from, seeds, only: values.only, tell });
  tell(survivors.length === 0 ? 'all are found' : `not found: ${survivors.join('; ')}`);
  return survivors.length === 0 ? 0 : 1;
}

async function runAll(): Promise<number> {
  const begun = Date.now();
  const progress = new Map<number, Progress>();
  const failures: Failure[] = [];
  const parts: ChildProcess[] = [];
  const text = (): string => {
    const total = noProgress();
    for (const part of progress.values()) addProgress(total, part);
    const seconds = (Date.now() - begun) / 1000;
    const seen = Object.entries(total.seen)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ');
    return (
      `${total.seeds} of ${seeds} seeds, ${(total.seeds / seconds).toFixed(1)} a second, ${Math.round(seconds)} s, ` +
      `${failures.length} failed (${total.bySql} by SQL; ${seen})`
    );
  };
  const stop = (): void => {
    // One that has just ended cannot be determined any more.
    for (const part of parts) if (part.connected) part.send('stop', () => undefined);
  };
  let interrupted = false;
  process.on('SIGINT', () => {
    interrupted = true;
    stop();
  });
  const timer = setInterval(() => process.stdout.write(`${text()}\n`), TELL_MS);
  await Promise.all(
    Array.from({ length: workers }, async (_, n) => {
      const args = ['--part', String(workers), '--from', String(from + n), '--seeds', String(seeds - n)];
      args.push('--sql-share', values['sql-share'], ...(values.whole ? ['--whole'] : []));
      const part = fork(fileURLToPath(import.meta.url), args);
      parts.push(part);
      part.on('message', (message) => {
        const received = message as FromPart;
        if (received.kind === 'progress') progress.set(n, received.progress);
        else {
          failures.push(received.failure);
          stop();
        }
      });
      const code = await ended(part);
      if (code !== 0)
        failures.push({ seed: -1, text: `a process ended with ${code}`, events: 0, faults: [] });
    }),
  );
  clearInterval(timer);
  for (const { text: failure } of failures) process.stdout.write(`${failure}\n`);
  process.stdout.write(`${interrupted ? 'interrupted: ' : ''}${text()}\n`);
  if (failures.length > 0) return 1;
  return interrupted ? 130 : 0;
}
