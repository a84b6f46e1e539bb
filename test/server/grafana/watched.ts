/** A `betrace serve` that receives spans, finds violations and sends them, for the queries of Grafana and Prometheus. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { span, traceId } from '../../support/arbitrary/spans.js';
import { FIXTURES, startBetrace } from '../cli/support.js';
import { type OpenReceiver, openReceiver } from '../live/receiver.js';
import { until } from '../service/support.js';

export interface Watched {
  readonly url: string;
  /** Where it receives spans by HTTP. */
  readonly otlp: string;
  /** Where its violations go. */
  readonly receiver: OpenReceiver;
  /** Posts an OTLP request; resolves with the status of the answer. */
  post(body: Uint8Array): Promise<number>;
  send(traces: readonly Trace[]): Promise<void>;
  stop(): Promise<void>;
}

/** Traces that violate the rule `checked`. */
export function charges(from: number, count: number): readonly Trace[] {
  return Array.from({ length: count }, (_, n) => ({
    traceId: traceId(from + n),
    spans: [span(1, undefined, { name: 'charge' })],
  }));
}

/** The second could never be violated: no span has the attribute. */
const RULES = `
rule checked { severity = critical owner = "shop" when { name = "charge" } always { name = "check" } }
rule unrefunded { when { name = "charge" } never { span.refund.reason = "none" } }`;

export async function startWatched(): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-grafana-'));
  const receiver = await openReceiver();
  const rules = join(folder, 'live.betrace');
  writeFileSync(rules, RULES);
  const service: ChildProcess = startBetrace(
    [
      'serve',
      rules,
      'queries/shop',
      '--blocks',
      join(FIXTURES, 'shop-v5'),
      '--http-port',
      '0',
      '--otlp-http-port',
      '0',
      '--otlp-grpc-port',
      '0',
      '--export',
      receiver.url,
      '--set',
      `live.directory=${join(folder, 'state')}`,
      '--set',
      'live.complete_after=200ms',
    ],
    { env: { BETRACE_CACHE: join(folder, 'cache') } },
  );
  let log = '';
  service.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const [first] = (await once(service.stdout!, 'data')) as [Buffer];
  const portOf = (): string | undefined => /"port":(\d+)[^\n]*OTLP over HTTP/.exec(log)?.[1];
  await until(() => portOf() !== undefined, 'spans can be sent');
  const post = async (body: Uint8Array): Promise<number> => {
    const { status } = await fetch(`http://127.0.0.1:${portOf()}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(body),
    });
    return status;
  };
  return {
    url: String(first).trim(),
    otlp: `http://127.0.0.1:${portOf()}/v1/traces`,
    receiver,
    post,
    send: async (traces) => {
      const status = await post(protobufOf(traces));
      if (status !== 200) throw new Error(`the traces were answered with ${status}`);
    },
    stop: async () => {
      const ended = once(service, 'close');
      service.kill('SIGTERM');
      await ended;
      await receiver.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
