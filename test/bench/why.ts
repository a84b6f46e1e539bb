/** What `--why` costs: a replay that says what differs about violations, compared with the same replay without it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import type { Session } from '../../engine/sql/store/store.js';
import { replayIn } from './memory.js';
import { shopRules } from './rules.js';
import { line, medianOf, tableHead, tableRow, timesOf } from './times.js';

const RUNS = 3;

/** With a full cache, the 12 rules of queries/shop, all of which are violated there. */
export async function measureWhy({
  name,
  directory,
}: {
  readonly name: string;
  readonly directory: string;
}): Promise<void> {
  const storage = localStorage(directory);
  const { tenants } = await findTenants(storage);
  const work = mkdtempSync(join(tmpdir(), 'betrace-why-'));
  const flatten = new FlattenPool({ storage });
  const databases = new RunDatabases();
  const cache = openFlatCache({ directory: join(work, 'cache') });
  const rules = shopRules();
  const run = async (why: boolean): Promise<ReplayResult> =>
    await replay({
      storage,
      tenant: tenants[0]!,
      rules,
      window: {},
      cache,
      flatten,
      databases,
      memory: 2 ** 30,
      tempDirectory: join(work, 'tmp'),
      limit: 1,
      why,
    });
  try {
    const { rules: judged, spans } = await run(true);
    const violated = judged.filter((rule) => rule.violated > 0).length;
    line(
      `${name}: ${spans} spans, ${violated} of ${judged.length} rules violated, cache full, medians of ${RUNS}`,
    );
    const inProcess = async (why: boolean): Promise<Taken> => {
      const { cpu, median } = await timesOf(async () => await run(why), undefined, RUNS);
      return { cpu: cpu / 1000, seconds: median / 1000 };
    };
    const asCommand = async (why: boolean): Promise<Taken> => {
      const runs: Taken[] = [];
      for (let time = 0; time < RUNS; time++)
        runs.push(await replayIn(directory, { cache: cache.directory, more: why ? ['--why'] : [] }));
      return {
        cpu: medianOf(runs.map(({ cpu }) => cpu)),
        seconds: medianOf(runs.map(({ seconds }) => seconds)),
      };
    };
    tableHead(['seconds of processors (seconds)', 'replay', 'replay --why', 'times as much']);
    for (const [called, taken] of [
      ['the command, in a process of its own', asCommand],
      ['in a process that has done it before', inProcess],
    ] as const) {
      const [without, withWhy] = [await taken(false), await taken(true)];
      const times = [withWhy.cpu / without.cpu, withWhy.seconds / without.seconds];
      const shown = ([cpu, seconds]: readonly number[]): string =>
        `${cpu!.toFixed(2)} (${seconds!.toFixed(2)})`;
      tableRow([
        called,
        shown([without.cpu, without.seconds]),
        shown([withWhy.cpu, withWhy.seconds]),
        shown(times),
      ]);
    }
    line('');
    tableHead(['what --why adds, by who asks', 'statements', 'seconds in the database, added up']);
    for (const { asks, statements, milliseconds } of await phasesOf(async () => await run(true)))
      tableRow([asks, String(statements), (milliseconds / 1000).toFixed(2)]);
  } finally {
    await flatten.close();
    rmSync(work, { recursive: true, force: true });
  }
}

interface Taken {
  /** Seconds of processors. */
  readonly cpu: number;
  readonly seconds: number;
}

interface Phase {
  /** The function that asks, and before it that of the comparison which called it. */
  readonly asks: string;
  readonly statements: number;
  readonly milliseconds: number;
}

/** Of one run: the statements of the comparison, by the function that has them run. Those of several connections overlap. */
async function phasesOf(work: () => Promise<unknown>): Promise<readonly Phase[]> {
  const phases = new Map<string, Phase>();
  const connection = Object.getPrototypeOf(Database.prototype) as Session;
  const { run, rows } = connection;
  const { stackTraceLimit } = Error;
  const timed = async <T>(statement: () => Promise<T>): Promise<T> => {
    const asks = askerOf(new Error().stack ?? '');
    const started = performance.now();
    const answer = await statement();
    if (asks === undefined) return answer;
    const so = phases.get(asks) ?? { asks, statements: 0, milliseconds: 0 };
    const milliseconds = so.milliseconds + performance.now() - started;
    phases.set(asks, { asks, statements: so.statements + 1, milliseconds });
    return answer;
  };
  Error.stackTraceLimit = 60;
  connection.run = async function (this: Session, ...given) {
    return await timed(async () => await run.apply(this, given));
  };
  connection.rows = async function (this: Session, ...given) {
    return await timed(async () => await rows.apply(this, given));
  };
  try {
    await work();
  } finally {
    Object.assign(connection, { run, rows });
    Error.stackTraceLimit = stackTraceLimit;
  }
  return [...phases.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Undefined for a statement that a replay has run anyhow. */
function askerOf(stack: string): string | undefined {
  const frames = stack.split('\n').flatMap((frame) => {
    const [, name, path] = /^ +at (?:async )?([^ ]+) \(.*\/engine\/(.*)\.js:/u.exec(frame) ?? [];
    return name === undefined || path === undefined ? [] : [{ name: name.replace(/^.*\./u, ''), path }];
  });
  if (!frames.some(({ path }) => path.startsWith('replay/differences/'))) return undefined;
  const asker = frames.find(
    ({ path }) => !path.startsWith('sql/dialects/') && !path.startsWith('sql/store/'),
  );
  return asker === undefined ? undefined : `${asker.path}: ${asker.name}`;
}
