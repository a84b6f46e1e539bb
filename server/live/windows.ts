/** Judges rules over many traces over stored blocks while the service runs: they have the last word on what was found by the spans that came. */
import { join } from 'node:path';
import type { BlockProblem } from '../../engine/blocks/problem.js';
import type { Live } from '../../engine/live/live.js';
import type { WindowOwnership } from '../../engine/live/ownership/window-ownership.js';
import { JudgedUntil } from '../../engine/live/windows/judged-until.js';
import { WindowWatch } from '../../engine/live/windows/window-watch.js';
import { replayOver } from '../../engine/replay/over/replay-over.js';
import type { Config } from '../config/schema.js';
import type { QueryService } from '../questions/query-service.js';
import type { RuleStore } from '../rules/rule-store.js';
import type { Logger } from '../shared/log.js';
import { tenantsOf } from './owners.js';
import { textFile } from './text-file.js';
import type { ViolationLog } from './violation-log.js';

/** How often it is looked for windows that are due. */
const EVERY_MS = 5_000;

export interface WindowContext {
  readonly config: Config;
  readonly log: Logger;
  readonly queries: QueryService;
  readonly rules: RuleStore;
  readonly live: Live;
  readonly violations: ViolationLog;
  /** Of the state of live judging. */
  readonly directory: string;
  /** Whether this process judges windows: of replicas that share a topic only one does. */
  readonly isOwner: () => boolean;
  /** Of replicas that share tenants: which windows this one judges. */
  readonly ownership: WindowOwnership | undefined;
}

/** Returns how to stop it. */
export async function watchWindows(context: WindowContext): Promise<() => Promise<void>> {
  const { config, log, queries, rules, live, violations, directory, isOwner, ownership } = context;
  const onProblem = (message: string): void => log.error({ reason: message }, 'rules over many traces');
  const stopping = new AbortController();
  const watch = new WindowWatch(
    {
      wall: Date.now,
      tenants: () => tenantsOf(config, queries.watch.tenants),
      ...(ownership === undefined ? {} : { ownership }),
      judge: async (tenant, question) => {
        // A list of blocks that may lack some would be taken for spans that there are not.
        const problem = queries.watch.problemOf(tenant);
        if (problem !== undefined) throw new Error(`the blocks cannot be listed: ${problem}`);
        const call = { id: 'windows', tenant, log, signal: stopping.signal };
        let unread: readonly BlockProblem[] = [];
        const onUnread = (blocks: readonly BlockProblem[]): void => {
          unread = blocks;
        };
        const { ruleTimeout: ruleLimitMs, maxSeries } = config.replay;
        const results = await queries.ask(call, 'windows', {}, (stored) =>
          replayOver({ ...stored, ...question, ruleLimitMs, maxSeries, onUnread }),
        );
        return { results, unread };
      },
      outbox: live.outbox,
      counters: live.counters,
      judged: await JudgedUntil.open(textFile(join(directory, 'windows', 'judged.json')), onProblem),
      onViolation: (tenant, rule, violation) => violations.addWindow(tenant, rule, violation, 'stored'),
      onRetraction: (tenant, rule, retracted) => violations.retractWindow(tenant, rule, retracted),
      onProblem,
    },
    { delayMs: config.live.overDelay, mostViolations: config.live.maxViolations },
  );
  watch.setRules(rules.state.rules);
  const forget = rules.onChange((state) => watch.setRules(state.rules));
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = (isOwner() ? watch.tick(stopping.signal) : Promise.resolve()).then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(run, EVERY_MS);
    });
  };
  run();
  return async () => {
    forget();
    stopping.abort(new Error('the service is stopping'));
    clearTimeout(timer);
    await running;
  };
}
