/**
 * `npm run bench -- replicas`: one, two and three services share the same spans, behind a router by trace id and out of a topic of Kafka, and find the same.
 * All run on this machine, so what one of several takes of the processors is measured, not how much faster several machines are.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, MISSING } from '../server/kafka/broker.js';
import { type BenchReceiver, startReceiver } from './live-receiver.js';
import { SPANS_PER_REQUEST } from './live-requests.js';
import { liveRulesText, RARE, STORED, storedRulesText } from './live-rules.js';
import type { BenchedService } from './live-service.js';
import { turnsAt } from './pace.js';
import { breaking, REQUESTS, SPANS, TRACES } from './replica-load.js';
import { behindRouter, outOfTopic, type Sharing } from './replica-sharing.js';
import { line, tableHead, tableRow } from './times.js';

const MOST_REPLICAS = 3;
/** Requests under way. */
const AT_ONCE = 8;
/** Spans in a second for each replica, where there is time to spare. */
const PACED = 8_000;
/** Each look costs a service what a scrape does. */
const LOOK_MS = 500;
const PATIENCE_MS = 600_000;

export async function measureReplicas(): Promise<void> {
  const [load] = loadavg();
  line(
    `${SPANS} spans, ${availableParallelism()} cores for services, sender and broker together; load before: ${load!.toFixed(1)}`,
  );
  line(
    'Only the time of processors says what replicas cost: on so few cores more of them take no more spans.',
  );
  await compare('OTLP, a router by trace id, live.owners in a folder', behindRouter);
  if (MISSING !== undefined) return line(`\na topic of Kafka: not measured (${MISSING})`);
  const broker = await Broker.start();
  try {
    await compare('a topic of Apache Kafka with six partitions', outOfTopic(broker));
  } finally {
    await broker.stop();
  }
}

/** Rejects where several do not find what one finds. */
async function compare(name: string, share: Sharing): Promise<void> {
  line(`\n${name}`);
  tableHead([
    'replicas',
    'spans/s sent',
    'spans/s taken',
    'cpu, s for a million spans',
    'largest share of one',
    'most memory of one, MB',
    'violations',
    "cpu of the owner's stored blocks, s",
  ]);
  let alone: ReadonlySet<string> | undefined;
  for (const paced of [0, PACED])
    for (let replicas = 1; replicas <= MOST_REPLICAS; replicas++) {
      const found = await measure(replicas, paced, share);
      alone ??= found;
      const differing = [...without(alone, found), ...without(found, alone)];
      if (differing.length > 0)
        throw new Error(
          `${replicas} replicas do not find what one finds; of ${differing.length} for example ${differing[0]}`,
        );
    }
}

/** Prints a row. The violations that were found, by rule and id. `paced`: spans in a second for each replica, 0 for as many as are taken. */
async function measure(replicas: number, paced: number, share: Sharing): Promise<ReadonlySet<string>> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-bench-replicas-'));
  const receiver = await startReceiver();
  const { services, send, stop } = await share({
    replicas,
    directory: work,
    exportTo: receiver.url,
    rules: `${liveRulesText()}\n${storedRulesText()}`,
  });
  try {
    const total = async (metric: string): Promise<number> =>
      (await Promise.all(services.map(async (service) => (await service.metrics()).total(metric)))).reduce(
        (sum, value) => sum + value,
      );
    const found = (): ReadonlySet<string> => foundIn(receiver);
    await until('stored blocks are judged', async () => {
      const rules = new Set(receiver.arrivals.map(({ rule }) => rule));
      return (
        rules.has(STORED.over) && rules.has(STORED.across) && (await total('betrace_outbox_depth')) === 0
      );
    });
    const stored = await ownersShare(services);
    const before = await cpuOf(services);
    const begun = performance.now();
    const turn = turnsAt(paced * replicas, SPANS_PER_REQUEST);
    const sendInTurn = async (): Promise<void> => {
      for (let request = await turn(); request < REQUESTS; request = await turn()) await send(request);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sendInTurn));
    await until('all spans are taken', async () => (await total('betrace_ingest_spans_total')) >= SPANS);
    const seconds = (performance.now() - begun) / 1000;
    await until('all traces are judged', async () => (await total('betrace_traces_closed_total')) >= TRACES);
    await until('all violations are sent', async () => (await total('betrace_outbox_depth')) === 0);
    const after = await cpuOf(services);
    const spent = after.map((cpu, n) => cpu - before[n]!);
    const sum = spent.reduce((all, some) => all + some);
    const rare = receiver.arrivals.filter(({ rule }) => rule === RARE.now || rule === RARE.atClosure);
    const ids = new Set(rare.map(({ rule, traceId }) => `${rule} ${traceId}`));
    if (ids.size !== 2 * breaking)
      throw new Error(`${ids.size} violations of two rules that ${breaking} traces break`);
    tableRow([
      `${replicas}`,
      paced === 0 ? 'at once' : `${paced * replicas}`,
      `${Math.round(SPANS / seconds)}`,
      ((sum / SPANS) * 1e6).toFixed(1),
      `${((100 * Math.max(...spent)) / sum).toFixed(0)} %`,
      (Math.max(...services.map(({ most }) => most.rss)) / 2 ** 20).toFixed(0),
      `${found().size}`,
      stored === undefined ? '' : stored.toFixed(1),
    ]);
    return found();
  } finally {
    await stop();
    await receiver.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

/** What the owner of the tenant has taken of the processors beyond what others take to start, in seconds; undefined where nothing is to be compared. */
async function ownersShare(services: readonly BenchedService[]): Promise<number | undefined> {
  const metrics = await Promise.all(services.map(async (service) => await service.metrics()));
  const cpusOf = (isOwner: boolean): readonly number[] =>
    metrics
      .filter((some) => some.total('betrace_owned_tenants') > 0 === isOwner)
      .map((some) => some.total('process_cpu_seconds_total'));
  const [owner, ...others] = [...cpusOf(true), ...cpusOf(false)];
  if (cpusOf(true).length !== 1 || others.length === 0) return undefined;
  return owner! - others.reduce((sum, cpu) => sum + cpu) / others.length;
}

async function cpuOf(services: readonly BenchedService[]): Promise<readonly number[]> {
  return await Promise.all(
    services.map(async (service) => (await service.metrics()).total('process_cpu_seconds_total')),
  );
}

function foundIn({ arrivals }: BenchReceiver): ReadonlySet<string> {
  const named = (isRetracted: boolean): ReadonlySet<string> =>
    new Set(
      arrivals.filter((some) => some.isRetracted === isRetracted).map(({ rule, id }) => `${rule} ${id}`),
    );
  return new Set(without(named(false), named(true)));
}

function without(some: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...some].filter((thing) => !others.has(thing));
}

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  for (const begun = performance.now(); !(await isDone()); ) {
    if (performance.now() - begun > PATIENCE_MS) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
