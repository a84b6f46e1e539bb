/**
 * Judges over stored blocks while the service runs: rules over many traces, of which they have the last word on what was found by the spans that came, and of
 * replicas, each of which has a part of the spans, rules across traces.
 */
import { join } from 'node:path';
import type { BlockProblem } from '../../engine/blocks/problem.js';
import type { Live } from '../../engine/live/live.js';
import type { Rechecks } from '../../engine/live/ownership/rechecks.js';
import type { RuleOwnership } from '../../engine/live/ownership/rule-ownership.js';
import { JudgedUntil } from '../../engine/live/stored/judged-until.js';
import { LocalRechecks } from '../../engine/live/stored/local-rechecks.js';
import { StoredFlows } from '../../engine/live/stored/stored-flows.js';
import { WindowWatch } from '../../engine/live/windows/window-watch.js';
import { carriedAttributes } from '../../engine/plan/carried.js';
import { decideFlows } from '../../engine/replay/flows/decided-flows.js';
import { replayOver } from '../../engine/replay/over/replay-over.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import type { Config } from '../config/schema.js';
import type { QueryKind, QueryService } from '../questions/query-service.js';
import type { RuleStore } from '../rules/rule-store.js';
import type { Logger } from '../shared/log.js';
import { recheckNsOf, tenantsOf } from './owners.js';
import { textFile } from './text-file.js';
import type { ViolationLog } from './violation-log.js';

/** How often it is looked for what is due. */
const EVERY_MS = 5_000;

export interface StoredRulesContext {
  readonly config: Config;
  readonly log: Logger;
  readonly queries: QueryService;
  readonly rules: RuleStore;
  readonly live: Live;
  readonly violations: ViolationLog;
  /** Of the state of live judging. */
  readonly directory: string;
  /** Of replicas that share the spans of tenants: what this one judges. Undefined where this process has them all. */
  readonly ownership: RuleOwnership | undefined;
  /** What they judge once more, where they share a record. */
  readonly rechecks: Rechecks | undefined;
}

/** Returns how to stop it. */
export async function watchStored(context: StoredRulesContext): Promise<() => Promise<void>> {
  const { config, log, queries, rules, live, violations, directory, ownership } = context;
  const recheckNs = recheckNsOf(config);
  const { outbox, counters } = live;
  const { overDelay: delayMs, maxViolations: mostViolations, flowGrace: graceMs } = config.live;
  const { ruleTimeout: ruleLimitMs, maxSeries } = config.replay;
  const onProblem = (message: string): void => log.error({ reason: message }, 'rules over stored blocks');
  const stopping = new AbortController();
  const ask = async <T>(
    tenant: string,
    kind: QueryKind,
    work: (stored: StoredTraces, onUnread: (blocks: readonly BlockProblem[]) => void) => Promise<T>,
  ): Promise<{ readonly results: T; readonly unread: readonly BlockProblem[] }> => {
    // A list of blocks that may lack some would be taken for spans that there are not.
    const problem = queries.watch.problemOf(tenant);
    if (problem !== undefined) throw new Error(`the blocks cannot be listed: ${problem}`);
    let unread: readonly BlockProblem[] = [];
    const onUnread = (blocks: readonly BlockProblem[]): void => {
      unread = blocks;
    };
    const call = { id: kind, tenant, log, signal: stopping.signal };
    const results = await queries.askHere(call, kind, {}, (stored) => work(stored, onUnread));
    return { results, unread };
  };
  const judged = await JudgedUntil.open(textFile(join(directory, 'windows', 'judged.json')), onProblem);
  // They are in the order of their starts.
  const storedSince = async (tenant: string): Promise<bigint | undefined> =>
    (await queries.watch.list(queries.tenant(tenant), {})).blocks[0]?.startNs;
  const rechecks =
    context.rechecks ?? (recheckNs === undefined ? undefined : new LocalRechecks(judged, recheckNs));
  const ports = {
    ...{ outbox, counters, onProblem, judged, wall: Date.now },
    tenants: () => tenantsOf(config, queries.watch.tenants),
    again: rechecks && { rechecks, storedSince },
  };
  const windows = new WindowWatch(
    {
      ...ports,
      ...(ownership === undefined ? {} : { ownership }),
      judge: async (tenant, question) =>
        await ask(tenant, 'windows', (stored, onUnread) =>
          replayOver({ ...stored, ...question, ruleLimitMs, maxSeries, onUnread }),
        ),
      onViolation: (tenant, rule, violation) => violations.addWindow(tenant, rule, violation, 'stored'),
      onRetraction: (tenant, rule, retracted) => violations.retractWindow(tenant, rule, retracted),
    },
    { delayMs, mostViolations },
  );
  const carries = carriedAttributes(config.export.attributes);
  const flows =
    ownership &&
    new StoredFlows(
      {
        ...ports,
        ownership,
        judge: async (tenant, question) =>
          await ask(tenant, 'flows', (stored, onUnread) =>
            decideFlows({ ...stored, ...question, ruleLimitMs, carries, onUnread }),
          ),
        onViolation: (tenant, violation) => violations.add(tenant, violation),
        onRetraction: (tenant, rule, retracted) => violations.retract(tenant, rule, retracted),
      },
      { delayMs, graceMs, mostViolations, placement: config.export.placement },
    );
  // One after the other: they share what is kept of both, and neither is in a hurry.
  const watches = [windows, ...(flows === undefined ? [] : [flows])];
  for (const watch of watches) watch.setRules(rules.state.rules);
  const forget = rules.onChange((state) => {
    for (const watch of watches) watch.setRules(state.rules);
  });
  let timer: NodeJS.Timeout | undefined;
  const tick = async (): Promise<void> => {
    for (const watch of watches) await watch.tick(stopping.signal);
    if (!stopping.signal.aborted) timer = setTimeout(run, EVERY_MS);
  };
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = tick();
  };
  run();
  return async () => {
    forget();
    stopping.abort(new Error('the service is stopping'));
    clearTimeout(timer);
    await running;
  };
}
