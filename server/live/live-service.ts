/** Puts the live path together: receivers, logs on disk, the judge, and the way of violations out. */
import { join } from 'node:path';
import type { LiveRuleJson } from '../../engine/answers/rule.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { LiveHealth } from '../../engine/live/health.js';
import { Judge } from '../../engine/live/judge/judge.js';
import { SqlEvaluator } from '../../engine/live/judge/sql-evaluator.js';
import { Live } from '../../engine/live/live.js';
import { damageText } from '../../engine/live/log/damage.js';
import { localDisk } from '../../engine/live/log/disk-local.js';
import { noDisk } from '../../engine/live/log/disk-none.js';
import type { LogOptions } from '../../engine/live/log/log.js';
import { UnreadableLog } from '../../engine/live/log/unreadable.js';
import { Delivery, exponentialBackoff } from '../../engine/live/outbox/delivery.js';
import { OwnerOfAll, type Succession } from '../../engine/live/ownership/rule-ownership.js';
import { livePlans } from '../../engine/live/rules/live-plans.js';
import { type RuleSet, ruleSet, rulesOf } from '../../engine/live/rules/rule-set.js';
import { carriedAttributes } from '../../engine/plan/carried.js';
import { receivesSpans } from '../config/receives-spans.js';
import { evidenceMetrics } from '../evidence/evidence-metrics.js';
import { EvidenceService } from '../evidence/evidence-service.js';
import type { KafkaSource } from '../kafka/kafka-source.js';
import { openSource } from '../kafka/open-source.js';
import { ReadingClock } from '../kafka/reading-clock.js';
import { sourceMetrics } from '../kafka/source-metrics.js';
import type { Logger } from '../shared/log.js';
import { StartError } from '../shared/start-error.js';
import { claimFormat, DATA_FORMAT } from './data-format.js';
import { DayFile } from './day-file.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import { DiskWatch } from './disk-watch.js';
import { openFlows, openWindows } from './kept-stores.js';
import type { LiveContext } from './live-context.js';
import { liveMetrics } from './live-metrics.js';
import { liveRule } from './live-rule.js';
import { logSizeOn } from './log-size.js';
import { type OtlpPorts, openOtlpPorts } from './otlp-ports.js';
import { openOwners } from './owners.js';
import { ruleLog } from './rule-log.js';
import { defaultStateDirectory } from './state-directory.js';
import { steadyClock } from './steady-clock.js';
import { watchStored } from './stored-rules.js';
import { textFile } from './text-file.js';
import { startTicks } from './ticks.js';
import { ViolationLog } from './violation-log.js';
import { violationSender } from './violation-sender.js';

const SEGMENT_BYTES = 64 * 2 ** 20;
/** Logs lose whole segments, and never the one that is written: so many make up a log that has reached its bound. */
const LEAST_SEGMENTS = 8;
const MOST_WAITING_BYTES = 64 * 2 ** 20;
/** For how long after a topic was read time passes for its traces. */
const READING_SLACK_MS = 2_000;
/** The partition whose owner judges what only one replica may judge. */
const FIRST_PARTITION = 0;

export interface LiveService {
  /** The ports for OTLP; none before `receive` has resolved. */
  readonly grpcPort?: number | undefined;
  readonly httpPort?: number | undefined;
  /** Whether spans are taken and kept. */
  readonly health: LiveHealth;
  /** Why violations do not go out; undefined where they do. */
  readonly heldUp: string | undefined;
  /** Why nothing can be judged; undefined where it can. */
  readonly judgingHeldUp: string | undefined;
  /** Why a topic is not being read; undefined where it is, or where spans come by OTLP. */
  readonly sourceProblem: string | undefined;
  /**
   * Takes up what the last process left in the log, then opens the ports. Rejects with `StartError` where the log must not be used, and where a port
   * is taken; the service is to be stopped then.
   */
  receive(): Promise<void>;
  /** Undefined for a rule that is not judged live. */
  ruleOf(tenant: string, rule: string): LiveRuleJson | undefined;
  /** Refuses more requests, ends what is under way, and leaves the rest on disk. */
  stop(): Promise<void>;
}

/** Undefined where nothing is configured that spans come by. Rejects where the folder cannot be used. */
export async function startLive(context: LiveContext): Promise<LiveService | undefined> {
  const { log } = context;
  const { live: settings } = context.config;
  if (!receivesSpans(context.config)) return undefined;
  const directory = settings.directory ?? defaultStateDirectory();
  const lock = await lockDirectory(directory, {
    waitMs: settings.directoryWait,
    setting: 'live.directory',
    onWait: (owner) => log.warn({ directory, owner }, 'live.directory is in use: waiting for it'),
  });
  log.info({ directory }, 'spans and violations are kept on disk');
  const undo: (() => unknown)[] = [() => lock.release()];
  // Each step is taken, whatever comes of those before it: the last one lets go of the directory.
  const stop = async (): Promise<void> => {
    const failed: unknown[] = [];
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed[0];
  };
  try {
    const before = await claimFormat(directory, context.version);
    if (before !== undefined && before < DATA_FORMAT)
      log.info({ directory, from: before, to: DATA_FORMAT }, 'live.directory has a new format from now on');
    const { live, watch, delivery, source, receive } = await start(context, directory, lock, undo);
    let ports: OtlpPorts = {};
    return {
      get grpcPort() {
        return ports.grpcPort;
      },
      get httpPort() {
        return ports.httpPort;
      },
      get health() {
        return watch.health;
      },
      get heldUp() {
        return heldUp(delivery);
      },
      get judgingHeldUp() {
        return live.outbox.full;
      },
      get sourceProblem() {
        return source?.problem;
      },
      ruleOf: (tenant, rule) => liveRule(live.counters, tenant, rule, context.config.live),
      receive: async () => {
        ports = await receive().catch((error: unknown) => {
          throw startErrorOf(directory, error);
        });
      },
      stop,
    };
  } catch (error) {
    // Why it does not start counts, not what comes of closing what had been opened.
    await stop().catch(() => undefined);
    throw startErrorOf(directory, error);
  }
}

function startErrorOf(directory: string, error: unknown): unknown {
  return error instanceof UnreadableLog ? cannotStart(directory, error) : error;
}

function cannotStart(directory: string, error: UnreadableLog): StartError {
  const { kind, what, file = '' } = error;
  const cure = {
    newer: 'start the newer version again, or restore a backup from before the upgrade',
    foreign: 'put back what belongs there, or move it away',
  }[kind];
  const code = kind === 'newer' ? 'BT5041' : 'BT5042';
  return new StartError(code, `"${join(directory, file)}" ${what}: ${cure}. Nothing was removed.`, {
    cause: error,
  });
}

interface Started {
  readonly live: Live;
  readonly watch: DiskWatch;
  readonly delivery: Delivery;
  readonly source: KafkaSource | undefined;
  readonly receive: () => Promise<OtlpPorts>;
}

/** All but reading the log of spans, which takes its time, and taking more of them. */
async function start(
  context: LiveContext,
  directory: string,
  lock: DirectoryLock,
  undo: (() => unknown)[],
): Promise<Started> {
  const { config, log, metrics, queries, rules, version } = context;
  const { live: settings } = config;
  const evaluator = await SqlEvaluator.open({
    memory: settings.judgeMemory,
    ruleLimitMs: settings.ruleTimeout,
    mostViolations: settings.maxViolations,
  });
  const carries = carriedAttributes(config.export.attributes);
  const fromTopic = settings.source === 'kafka';
  const isReplica = fromTopic || settings.owners !== undefined;
  // A replica has a part of the spans: what needs those of all traces waits for stored blocks.
  const overEarly = settings.overEarly && !isReplica;
  const rulesInForce = (all: readonly ResolvedRule[]): RuleSet => ruleSet(all, carries, overEarly);
  // Rules across traces wait as well, and have evidence by replay only.
  const judged = (all: readonly ResolvedRule[]): readonly ResolvedRule[] =>
    isReplica ? all.filter(({ kind }) => kind !== 'flow') : all;
  const begun = judged(rules.state.rules);
  const clock = new ReadingClock(steadyClock(), READING_SLACK_MS);
  const judge = new Judge(evaluator);
  undo.push(() => judge.close());
  const violations = new ViolationLog(log);
  undo.push(() => violations.stop());
  const evidence = await openEvidence(context, directory);
  if (evidence !== undefined) undo.push(() => evidence.stop());
  const logSize = await logSizeOn(directory, settings.logSize);
  if (logSize < settings.logSize)
    log.warn({ bytes: logSize }, 'logs may take less than live.log_size: the disk has no more for them');
  const live = await Live.prepare(
    {
      now: fromTopic ? () => clock.read() : steadyClock(),
      wall: Date.now,
      spanLog: fromTopic ? UNLOGGED : await logOptions(directory, 'spans', logSize),
      outboxLog: await logOptions(directory, 'outbox', logSize),
      judge,
      sentAgain: fromTopic,
      ...(isReplica ? {} : { flows: async () => await openFlows(evaluator, directory) }),
      ...(overEarly ? { windows: async () => await openWindows(evaluator, directory, config) } : {}),
      onWindowViolation: (tenant, rule, violation) => violations.addWindow(tenant, rule, violation, 'early'),
      onProblem: (message) => log.error({ reason: message }, 'live judging'),
      onViolation: (tenant, violation) => violations.add(tenant, violation),
      onRetraction: (tenant, rule, retracted) => violations.retract(tenant, rule, retracted),
      onRuleEvent: ruleLog(log),
      ...(evidence === undefined ? {} : { tally: evidence.tally }),
    },
    {
      completeAfterMs: settings.completeAfter,
      quietAfterMs: settings.quietAfter,
      maxAgeMs: settings.maxAge,
      graceMs: settings.grace,
      latenessMs: settings.lateness,
      flowGraceMs: settings.flowGrace,
      mostFlowSpans: settings.flowSpans,
      overEarlyMs: settings.overEarlyDelay,
      overDelayMs: settings.overDelay,
      maxBytes: settings.memory,
      tombstones: 500_000,
      batchSpans: 100_000,
      placement: config.export.placement,
    },
    rulesInForce(begun),
  );
  const onDayProblem = (reason: string): void => log.error({ reason }, 'counts of the day');
  const { counters } = live;
  const dayFile = await DayFile.resume(
    textFile(join(directory, 'day.json')),
    livePlans(rules.state.rules),
    counters,
    onDayProblem,
  );
  undo.push(() => dayFile.stop());
  undo.push(() => live.close());
  if (!config.multitenancyEnabled) live.counters.expectTenant(config.tenant);
  for (const [tenant, today] of evidence?.tally.openDays(rulesOf(ruleSet(begun))) ?? [])
    live.counters.resumeDay(tenant, today);
  undo.push(
    rules.onChange((state) => {
      const all = judged(state.rules);
      live.setRules(rulesInForce(all));
      evidence?.setRules(all);
    }),
  );
  evidence?.setRules(begun);
  evidence?.start((tenant, day) => live.undecidedOn(tenant, day));

  const sender = await violationSender(context);
  undo.push(() => sender.close());
  const delivery = new Delivery(live.outbox, {
    send: sender.send,
    batch: config.export.batch,
    version,
    backoffMs: exponentialBackoff,
    maxWaitMs: config.export.maxWait,
    onProblem: (message) => log.error({ reason: message }, 'exporting violations'),
  });
  undo.push(() => delivery.stop());
  const watch = new DiskWatch(live, lock, directory, log);
  const logBytes = (): number => (fromTopic ? 0 : live.logBytes);
  const bounds = { memory: settings.memory, logSize, logBytes };
  const observed = liveMetrics(metrics.registry, live, delivery, bounds, () => watch.health);
  const { handover } = live;
  const source = fromTopic ? await openSource({ config, log, sink: watch, handover, clock }) : undefined;
  if (source !== undefined) sourceMetrics(metrics.registry, source);
  const owners = await openOwners(context, directory);
  undo.push(async () => await owners?.stop());
  const ownership = owners?.rules ?? (source && new OwnerOfAll(() => successionOf(source)));
  const { rechecks } = owners ?? {};
  const stored = { config, log, queries, rules, live, violations, directory, ownership, rechecks };
  undo.push(await watchStored(stored));
  watch.start();
  undo.push(() => watch.stop());
  const receive = async (): Promise<OtlpPorts> => {
    await recover(live, log);
    dayFile.keep();
    undo.push(startTicks(live, observed, log));
    if (source === undefined) return await openOtlpPorts(context, watch, observed, undo);
    source.start();
    undo.push(() => source.stop());
    return {};
  };
  return { live, watch, delivery, source, receive };
}

/** Whoever reads a partition commits how far it got: the last that committed was the owner at the time of what it read. */
function successionOf({ partitions }: KafkaSource): Succession | undefined {
  const first = partitions.find(({ partition }) => partition === FIRST_PARTITION);
  if (first === undefined) return undefined;
  const { readBeforeMs } = first;
  return { ownedAt: readBeforeMs === undefined ? undefined : BigInt(Math.floor(readBeforeMs)) * 1_000_000n };
}

/** The topic keeps the spans. */
const UNLOGGED: LogOptions = {
  disk: noDisk(),
  name: 'spans',
  segmentBytes: SEGMENT_BYTES,
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxWaitingBytes: MOST_WAITING_BYTES,
};

async function recover(live: Live, log: Logger): Promise<void> {
  const { recovering } = live.health;
  if (recovering !== undefined && recovering.bytes > 0)
    log.info({ ...recovering }, 'reading the log of spans');
  await live.recover();
  for (const damage of live.counters.damage)
    log.error({ ...damage, reason: damageText(damage) }, 'a log is damaged');
  if (live.openTraces > 0) log.info({ traces: live.openTraces }, 'open traces taken up from the log');
}

function heldUp(delivery: Delivery): string | undefined {
  const [asked, failed] = [delivery.waiting('asked'), delivery.waiting('failed')];
  if (asked + failed === 0) return undefined;
  const whose = `violations of ${asked + failed} tenants wait, for ${Math.ceil(delivery.waitMs / 1000)} s`;
  return asked > 0 ? `${whose}: the receiver asks to` : `${whose}: requests fail`;
}

/** Undefined where no evidence is kept. */
async function openEvidence(
  { config, evidenceKey, log, metrics }: LiveContext,
  directory: string,
): Promise<EvidenceService | undefined> {
  if (!config.evidence.enabled) return undefined;
  if (evidenceKey === undefined)
    throw new Error('BT5030: evidence is enabled, and there is no key to sign it');
  const evidence = await EvidenceService.open({
    directory,
    tallyLog: await logOptions(directory, 'tally', config.live.logSize),
    key: evidenceKey,
    closeAfterMs: config.evidence.closeAfter,
    keepMs: config.evidence.keep,
    tenants: config.multitenancyEnabled ? [] : [config.tenant],
    now: Date.now,
    log,
  });
  evidenceMetrics(metrics.registry, evidence);
  log.info({ key: evidenceKey.id }, 'keeping evidence');
  return evidence;
}

async function logOptions(directory: string, name: string, maxBytes: number): Promise<LogOptions> {
  return {
    disk: await localDisk(join(directory, name)),
    name,
    segmentBytes: Math.min(SEGMENT_BYTES, maxBytes / LEAST_SEGMENTS),
    maxBytes,
    maxWaitingBytes: MOST_WAITING_BYTES,
  };
}
