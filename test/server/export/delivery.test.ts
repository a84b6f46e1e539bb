/** Violations on their way to a receiver, over sockets. */
import { afterEach, describe, expect, it } from 'vitest';
import { LogRefusal } from '../../../engine/live/log/log.js';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { Delivery } from '../../../engine/live/outbox/delivery.js';
import { Outbox } from '../../../engine/live/outbox/outbox.js';
import { emission } from '../../../engine/live/reconcile.js';
import type { Placement } from '../../../engine/live/violation/span.js';
import { MalformedOtlp } from '../../../engine/otlp/malformed.js';
import { planRules } from '../../../engine/plan/lower/lower.js';
import type { FoundViolation } from '../../../engine/verdicts/violation.js';
import { violationId } from '../../../engine/verdicts/violation-id.js';
import { TokenStore } from '../../../server/auth/tokens.js';
import { grpcSender } from '../../../server/export/grpc.js';
import { httpSender } from '../../../server/export/http.js';
import type { SenderOptions } from '../../../server/export/sender.js';
import { listenGrpc } from '../../../server/otlp/grpc.js';
import { listenHttp } from '../../../server/otlp/http.js';
import type { ReceiverOptions } from '../../../server/otlp/receiver.js';
import { FaultyDisk } from '../../live/log/faulty-disk.js';
import { type ReadSpan, readExport } from '../../live/outbox/otlp-proto.js';
import { rulesOf } from '../../live/simulation/rules.js';

const [rule] = planRules(
  rulesOf(`rule charge {
    severity = critical  summary = "Charges are checked"  evidence = ["SOC2:CC6.1"]
    when { name = "charge" } as c always { name = "check" } before c
  }`),
).rules;

function violation(number: number): FoundViolation {
  const id = number.toString(16);
  return {
    traceId: id.padStart(32, 'a'),
    time: 1_763_798_342_123_456_789n,
    clause: 0,
    rootService: 'web',
    evidence: [
      {
        bound: 'c',
        spanId: id.padStart(16, 'b'),
        kind: 2,
        sharesKind: false,
        name: 'charge',
        service: 'payments',
        start: 1_763_798_342_123_456_789n,
        duration: 5n,
        values: new Map([['span.tenant.id', 'tenant-9']]),
      },
    ],
    values: new Map([['c.span.amount', 12]]),
  };
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Arrived {
  readonly tenant: string;
  readonly spans: readonly ReadSpan[];
}

/** A receiver that first answers as `failures` say. */
async function receiver(
  protocol: 'grpc' | 'http',
  failures: Error[] = [],
  port = 0,
): Promise<{
  readonly port: number;
  readonly arrived: Arrived[];
  readonly attempts: number[];
  stop(): Promise<void>;
}> {
  const arrived: Arrived[] = [];
  const attempts: number[] = [];
  const options: ReceiverOptions = {
    sink: {
      accept: async (tenant, body) => {
        attempts.push(Date.now());
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        arrived.push({ tenant, spans: readExport(body) });
        return decodeTraces(new Uint8Array(0));
      },
    },
    tokens: new TokenStore([]),
    multitenancyEnabled: true,
    tenant: '',
    maxRequest: 2 ** 24,
    observe: () => undefined,
    onError: () => undefined,
  };
  const listening = await (protocol === 'grpc' ? listenGrpc : listenHttp)(
    { address: '127.0.0.1', port },
    options,
  );
  const stop = async (): Promise<void> => await listening.stop(50);
  closing.push(stop);
  return { port: listening.port, arrived, attempts, stop };
}

async function filled(count: number, tenant = 'shop', placement: Placement = 'own-trace'): Promise<Outbox> {
  const outbox = await Outbox.open(
    { disk: new FaultyDisk(), segmentBytes: 2 ** 20, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 },
    () => undefined,
  );
  const changes = Array.from({ length: count }, (_, n) => {
    const found = violation(n + 1);
    const id = violationId(tenant, rule!, found);
    const finding = { id, tenant, trace: 'trace', rule: rule!, basis: 'complete', found } as const;
    return emission(finding, new Map(), placement)!;
  });
  await outbox.record(
    changes.map(({ entry }) => entry),
    changes.map(({ outgoing }) => outgoing),
  );
  return outbox;
}

function deliver(outbox: Outbox, protocol: 'grpc' | 'http', port: number, batch = 100): Delivery {
  const options: SenderOptions = {
    endpoint: `http://127.0.0.1:${port}${protocol === 'http' ? '/v1/traces' : ''}`,
    headers: {},
    tenantHeader: true,
    timeoutMs: 2000,
  };
  const sender = protocol === 'grpc' ? grpcSender(options) : httpSender(options);
  const delivery = new Delivery(outbox, {
    send: sender.send,
    batch,
    version: '0.0.0',
    backoffMs: () => 50,
    onProblem: () => undefined,
  });
  closing.push(async () => sender.close());
  closing.push(async () => await delivery.stop());
  return delivery;
}

async function emptied(outbox: Outbox): Promise<void> {
  await expect.poll(() => outbox.depth).toBe(0);
}

describe.each(['grpc', 'http'] as const)('delivery by %s', (protocol) => {
  it('sends what a violation is, linked to the trace that it is about', async () => {
    const to = await receiver(protocol);
    const outbox = await filled(1);
    deliver(outbox, protocol, to.port);
    await emptied(outbox);
    const id = violationId('shop', rule!, violation(1));
    const [{ tenant, spans }] = to.arrived as [Arrived];
    expect(tenant).toBe('shop');
    expect(spans).toEqual([
      {
        traceId: id,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: '',
        name: 'betrace.violation',
        start: '1763798342123456789',
        links: [{ traceId: violation(1).traceId, spanId: violation(1).evidence[0]!.spanId }],
        attributes: {
          // What the rule compares, by the name that the span has it by.
          'tenant.id': 'tenant-9',
          'betrace.violation': true,
          'betrace.violation.id': id,
          'betrace.rule.id': 'charge',
          'betrace.rule.name': 'Charges are checked',
          'betrace.rule.severity': 'critical',
          'betrace.rule.revision': rule!.revision,
          'betrace.violation.clause': 'always#1',
          'betrace.violation.message': 'Charges are checked',
          'betrace.violation.trace_id': violation(1).traceId,
          'betrace.violation.service': 'payments',
          'betrace.violation.basis': 'complete',
          'betrace.violation.values': '{"c.span.amount":12,"span.tenant.id":"tenant-9"}',
          'betrace.evidence': ['SOC2:CC6.1'],
        },
      },
    ]);
  });

  it('waits as long as the receiver says, then sends again', async () => {
    const to = await receiver(protocol, [new LogRefusal('busy', 'no')]);
    const outbox = await filled(3);
    deliver(outbox, protocol, to.port);
    await emptied(outbox);
    expect(to.attempts).toHaveLength(2);
    expect(to.attempts[1]! - to.attempts[0]!).toBeGreaterThan(900);
    expect(to.arrived.flatMap(({ spans }) => spans)).toHaveLength(3);
  });

  it('keeps trying while nobody listens, and loses nothing', async () => {
    const first = await receiver(protocol);
    await first.stop();
    const outbox = await filled(5);
    const delivery = deliver(outbox, protocol, first.port);
    await expect.poll(() => delivery.broken).toBe(1);
    const to = await receiver(protocol, [], first.port);
    await emptied(outbox);
    expect(to.arrived.flatMap(({ spans }) => spans)).toHaveLength(5);
    expect(delivery.broken).toBe(0);
  });

  it('does not let one span that is refused keep the others back', async () => {
    const bad = new MalformedOtlp('no');
    // The batch of four, its first half, and of that the first span.
    const to = await receiver(protocol, [bad, bad, bad]);
    const outbox = await filled(4);
    const delivery = deliver(outbox, protocol, to.port);
    await emptied(outbox);
    expect(to.arrived.flatMap(({ spans }) => spans)).toHaveLength(3);
    expect([delivery.delivered, delivery.rejected]).toEqual([3, 1]);
  });

  it('cuts what there is to send into batches', async () => {
    const to = await receiver(protocol);
    const outbox = await filled(25);
    deliver(outbox, protocol, to.port, 10);
    await emptied(outbox);
    expect(to.arrived.map(({ spans }) => spans.length)).toEqual([10, 10, 5]);
  });
});

describe('a violation span in the offending trace', () => {
  it('is a child of the first span that is evidence', async () => {
    const to = await receiver('grpc');
    const outbox = await filled(1, 'shop', 'offending-trace');
    deliver(outbox, 'grpc', to.port);
    await emptied(outbox);
    const [span] = to.arrived[0]!.spans;
    expect([span!.traceId, span!.parentSpanId]).toEqual([
      violation(1).traceId,
      violation(1).evidence[0]!.spanId,
    ]);
  });
});
