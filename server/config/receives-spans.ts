import type { Config } from './schema.js';

/** Whether rules are judged live: spans come by a port for OTLP or out of a topic. */
export function receivesSpans({ live, otlp }: Config): boolean {
  return live.source === 'kafka' || otlp.grpcPort !== undefined || otlp.httpPort !== undefined;
}
