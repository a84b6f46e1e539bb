/** What the service counts about itself, in a registry of its own. Labels have few values whatever clients send. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type HttpLabels = 'method' | 'route' | 'status';

export interface ServiceMetrics {
  readonly registry: Registry;
  /** Seconds, by the template of the route. */
  readonly requestDuration: Histogram<HttpLabels>;
  readonly requestsInFlight: Gauge;
  /** Requests refused before a router saw them, by why. */
  readonly refused: Counter<'reason'>;
  /** Times that certificates, keys and tokens were read again because their files had changed. */
  readonly fileReloads: Counter<'what' | 'outcome'>;
  /** Seconds that questions waited for their turn, and took then. */
  readonly queryWait: Histogram<'kind'>;
  readonly queryDuration: Histogram<'kind' | 'outcome'>;
  /** Questions and replays that the engine was asked, by how they ended. */
  readonly engineQuestions: Counter<'outcome'>;
  /** Calls of the tools that agents have, by how they ended. */
  readonly toolCalls: Counter<'tool' | 'outcome'>;
  readonly queriesRunning: Gauge;
  readonly queriesWaiting: Gauge;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

let ofProcess: Registry | undefined;

/** What any Node process shows of itself: its watch over the event loop never ends, so there is one however many services a process has had. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

export function createMetrics(): ServiceMetrics {
  const registry = new Registry();
  const registers = [registry];
  for (const { name } of processMetrics().getMetricsAsArray())
    registry.registerMetric(processMetrics().getSingleMetric(name)!);
  return {
    registry,
    requestDuration: new Histogram({
      name: 'betrace_http_request_duration_seconds',
      help: 'Time from a request to the end of its response.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    requestsInFlight: new Gauge({
      name: 'betrace_http_requests_in_flight',
      help: 'Requests that are being answered.',
      registers,
    }),
    refused: new Counter({
      name: 'betrace_http_requests_refused_total',
      help: 'Requests refused before anything was asked for them.',
      labelNames: ['reason'],
      registers,
    }),
    fileReloads: new Counter({
      name: 'betrace_file_reloads_total',
      help: 'Certificates, keys and tokens that were read again as their files changed: taken, or broken and those before kept.',
      labelNames: ['what', 'outcome'],
      registers,
    }),
    queryWait: new Histogram({
      name: 'betrace_query_wait_seconds',
      help: 'Time that questions waited for their turn.',
      labelNames: ['kind'],
      buckets: SECONDS,
      registers,
    }),
    queryDuration: new Histogram({
      name: 'betrace_query_duration_seconds',
      help: 'Time that questions over stored traces took, without waiting.',
      labelNames: ['kind', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
    engineQuestions: new Counter({
      name: 'betrace_engine_questions_total',
      help: 'Questions and replays that ClickHouse was asked (engine.address): answered, cancelled, refused as they go beyond a bound or what it answers, or failed.',
      labelNames: ['outcome'],
      registers,
    }),
    toolCalls: new Counter({
      name: 'betrace_mcp_calls_total',
      help: 'Calls of tools by agents: answered, refused for what they asked, or failed.',
      labelNames: ['tool', 'outcome'],
      registers,
    }),
    queriesRunning: new Gauge({
      name: 'betrace_queries_running',
      help: 'Questions over stored traces that are being answered.',
      registers,
    }),
    queriesWaiting: new Gauge({
      name: 'betrace_queries_waiting',
      help: 'Questions over stored traces that wait for their turn.',
      registers,
    }),
  };
}
