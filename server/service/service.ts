/** Puts the service together: what each part gets, and the order in which they start and stop. */

import { openStorage } from '../../engine/blocks/open-storage.js';
import type { Storage } from '../../engine/blocks/storage.js';
import type { SigningKey } from '../../engine/evidence/keys.js';
import { notTaking } from '../../engine/live/health.js';
import { API_PATH } from '../api/openapi.js';
import { ownApiRouter } from '../api/router.js';
import { type Token, TokenStore } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import { placeOf, requestsOf } from '../config/storage-place.js';
import { tokensFromFiles } from '../config/tokens-from-files.js';
import type { ServiceContext } from '../context/service-context.js';
import { type Api, createApp } from '../http/app.js';
import { type Listening, listen } from '../http/listen.js';
import { type LiveService, startLive } from '../live/live-service.js';
import { MCP_PATH, mcpRouter } from '../mcp/router.js';
import { QueryService } from '../questions/query-service.js';
import { ReplayJobs } from '../replays/replay-jobs.js';
import { type RuleState, RuleStore, shownPath } from '../rules/rule-store.js';
import type { FromFiles } from '../shared/from-files.js';
import type { Logger } from '../shared/log.js';
import { createMetrics, type ServiceMetrics } from '../shared/metrics.js';
import { type TlsMaterial, tlsFromFiles } from '../shared/tls-material.js';
import type { TempoBackend } from '../tempo/backend.js';
import { streamingQuerier } from '../tempo/grpc/streaming-querier.js';
import { tempoRouter } from '../tempo/router.js';
import { storedBackend } from '../tempo/stored-backend.js';
import { pageRouter } from '../web/router.js';
import { watchReadiness } from './readiness.js';
import { observeState } from './state-metrics.js';
import { observeStorage } from './storage-metrics.js';

/** How soon a change of a rule file takes effect. */
const RULES_EVERY_MS = 2_000;

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly tokens: readonly Token[];
  /** Signs evidence; needed where that is enabled. */
  readonly evidenceKey?: SigningKey;
  readonly version: string;
  /** Where the blocks lie; default: the folder that is configured. */
  readonly storage?: Storage;
}

export interface Service {
  readonly http: Listening;
  /** Absent where no port for OTLP is configured. */
  readonly live?: LiveService;
  /** Stops accepting, lets requests finish within their bound, then closes what they used. */
  stop(): Promise<void>;
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log, tokens, version } = options;
  const storage = options.storage ?? openStorage(placeOf(config.storage), requestsOf(config.storage));
  const metrics = createMetrics();
  const store = new TokenStore(tokens);
  // Before anything runs that would have to be stopped.
  const watched = await watchFiles(options, metrics, store);
  const queries = new QueryService({ config, storage, metrics, log });
  const rules = await openRules(config.rules, log);
  const replays = new ReplayJobs(queries, config.replay, log);
  const { catalogues } = queries;
  let live: LiveService | undefined;
  const liveRule: ServiceContext['liveRule'] = (tenant, rule) => live?.ruleOf(tenant, rule);
  const context: ServiceContext = {
    config,
    log,
    metrics,
    queries,
    rules,
    replays,
    catalogues,
    version,
    liveRule,
  };
  let stopping = false;
  const readiness = watchReadiness([
    {
      name: 'process',
      needed: true,
      cure: 'wait until it has started again',
      problem: () => (stopping ? 'the service is stopping' : undefined),
    },
    {
      name: 'blocks',
      needed: true,
      cure: 'give the service back the folder of blocks (storage.blocks), readable by its user',
      problem: () => queries.watch.problem,
    },
    {
      name: 'spans',
      needed: true,
      cure: 'while it is recovering wait; else give the service back its data directory (live.directory), with room, writable by its user',
      problem: () => live && notTaking(live.health),
    },
    ...(config.live.source === 'kafka'
      ? [
          {
            name: 'topic',
            needed: false,
            cure: 'see that live.kafka.brokers are reached and let this user read the topic and the group: spans wait in the topic meanwhile',
            problem: () => live?.sourceProblem,
          },
        ]
      : []),
    ...(queries.engine === undefined
      ? []
      : [
          {
            name: 'engine',
            needed: false,
            cure: 'see that the servers of engine.address run, let the user in, and reach the blocks: searches, metrics and replays are answered with 503 meanwhile',
            problem: () => queries.engine?.problem,
          },
        ]),
    {
      name: 'delivery',
      needed: false,
      cure: 'see that export.endpoint is reached and takes what it is sent: violations wait on disk meanwhile',
      problem: () => live?.heldUp,
    },
    {
      name: 'judging',
      needed: false,
      cure: 'raise live.log_size, or disable the rule that everything violates: spans wait in their log meanwhile',
      problem: () => live?.judgingHeldUp,
    },
    {
      name: 'rules',
      needed: false,
      cure: 'correct the files (`betrace check`): what was in force before stays so',
      problem: () => rulesProblem(rules.state),
    },
  ]);
  observeState(metrics.registry, readiness, rules);
  observeStorage(metrics.registry, storage);
  await queries.start();
  if (storage.identity !== undefined)
    log.info({ storage: storage.description, identity: storage.identity }, 'blocks are in a bucket');
  const refreshing = setInterval(() => void rules.refresh(), RULES_EVERY_MS);
  live = await startLive({
    config,
    log,
    metrics,
    queries,
    rules,
    tokens: store,
    version,
    ...(options.evidenceKey === undefined ? {} : { evidenceKey: options.evidenceKey }),
  }).catch(async (error: unknown) => {
    clearInterval(refreshing);
    watched.close();
    readiness.close();
    await replays.close();
    await queries.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    clearInterval(refreshing);
    watched.close();
    readiness.close();
    await live?.stop();
    await replays.close();
    await queries.close();
    storage.close?.();
  };
  const backend = storedBackend(context);
  const app = createApp({
    config,
    log,
    metrics,
    readiness,
    tokens: store,
    apis: apisOf(context, backend),
  });
  const grpc = streamingQuerier({ context: { config, backend, version }, tokens: store, log });
  const secured = { http2: grpc, ...(watched.tls && { tls: watched.tls }) };
  const http = await listen(config.http, app.express, app.open, secured).catch(async (error: unknown) => {
    return await abandoned(error, close);
  });
  // Reading a long log takes its time: meanwhile questions are answered, and readiness and metrics tell how much is left.
  await live?.receive().catch(async (error: unknown) => {
    await abandoned(error, () => http.stop(), close);
  });
  log.info({ url: http.url, version }, 'listening');
  return {
    http,
    ...(live === undefined ? {} : { live }),
    stop: async () => {
      stopping = true;
      log.info('stopping');
      await http.stop();
      await close();
      log.info('stopped');
    },
  };
}

interface WatchedFiles {
  readonly tls: FromFiles<TlsMaterial> | undefined;
  close(): void;
}

/** Certificate and tokens, which may change while the service runs. */
async function watchFiles(
  { config, log, tokens }: ServiceOptions,
  { fileReloads: reloads }: ServiceMetrics,
  store: TokenStore,
): Promise<WatchedFiles> {
  const tls = await tlsFromFiles(config.http.tls, { what: 'http.tls', log, reloads });
  const read = await tokensFromFiles(config.auth.tokens, tokens, { what: 'auth.tokens', log, reloads });
  read?.onChange((next) => store.replace(next));
  return {
    tls,
    close: () => {
      tls?.close();
      read?.close();
    },
  };
}

/** A router for each API: add yours here. */
function apisOf(context: ServiceContext, backend: TempoBackend): readonly Api[] {
  const { config, version } = context;
  const tempo = { config, backend, version };
  return [
    { path: MCP_PATH, errors: 'problem', router: mcpRouter(context, tempo) },
    { path: API_PATH, errors: 'problem', router: ownApiRouter(context) },
    { path: '/', errors: 'text', router: pageRouter(context) },
    { path: '/', errors: 'text', router: tempoRouter(tempo) },
  ];
}

function rulesProblem({ files, problem }: RuleState): string | undefined {
  const broken = files.filter(({ state }) => state !== 'current').length;
  return problem ?? (broken === 0 ? undefined : `${broken} of ${files.length} files of rules have errors`);
}

/** Says what is wrong with the rules at each change. */
async function openRules(patterns: readonly string[], log: Logger): Promise<RuleStore> {
  const rules = new RuleStore(patterns);
  rules.onChange(({ rules: inForce, files, problem }) => {
    for (const { path, state, diagnostics } of files)
      if (state !== 'current')
        log.error(
          {
            file: shownPath(path),
            state,
            code: diagnostics.find(({ severity }) => severity === 'error')?.code,
          },
          'a file of rules has errors',
        );
    if (problem !== undefined) log.error({ problem }, 'the rules cannot be read');
    log.info({ rules: inForce.length, files: files.length }, 'rules read');
  });
  await rules.refresh();
  return rules;
}

/** Closes what had been opened, and rejects with why that had to be: what comes of closing says less. */
async function abandoned(error: unknown, ...steps: readonly (() => Promise<void>)[]): Promise<never> {
  for (const step of steps) await step().catch(() => undefined);
  throw error;
}
