/** A topic of a real broker that wants TLS, a certificate and a password: who has them reads it, and who has not says why. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../support/certificate.js';
import { readinessOf, type Serving, serve, traceNow } from '../live/process.js';
import { startReceiver, type ViolationReceiver } from '../live/receiver.js';
import { Broker, MISSING, makeGuard } from './broker.js';
import { pushOf } from './push.js';

if (MISSING !== undefined)
  console.warn(`NOT TESTED: a real broker with TLS and SASL (${MISSING}; install-broker.sh installs it)`);

describe.runIf(MISSING === undefined)('a topic of a real broker that is guarded', () => {
  const guard = makeGuard();
  const work = mkdtempSync(join(tmpdir(), 'betrace-guarded-'));
  const file = (name: string, text: string): string => {
    const path = join(work, name);
    writeFileSync(path, text);
    return path;
  };
  const shown = {
    'live.kafka.ca_file': file('ca.pem', guard.certificate.cert),
    'live.kafka.cert_file': file('client.pem', guard.certificate.cert),
    'live.kafka.key_file': file('client.key', guard.certificate.key),
    'live.kafka.sasl_username': guard.username,
  };
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(guard);
    await broker.createTopic('guarded', 1);
  });
  afterAll(async () => {
    await broker?.stop();
    rmSync(work, { recursive: true });
  });

  const reading = async (
    group: string,
    settings: Readonly<Record<string, string>>,
    receiver: ViolationReceiver,
    password = guard.password,
  ): Promise<Serving> =>
    await serve({
      export: receiver.url,
      withoutPorts: true,
      env: { BETRACE_LIVE_KAFKA_SASL_PASSWORD: password },
      settings: {
        'live.source': 'kafka',
        'live.kafka.brokers': broker.address,
        'live.kafka.topic': 'guarded',
        'live.kafka.group': group,
        'live.kafka.start': 'earliest',
        'live.kafka.tls': 'true',
        'live.complete_after': '6s',
        'live.quiet_after': '6s',
        'live.grace': '3s',
        ...settings,
      },
    });

  it.each([
    ['PLAIN', 1],
    ['SCRAM-SHA-256', 2],
    ['SCRAM-SHA-512', 3],
  ] as const)('is read with a certificate and %s', async (mechanism, number) => {
    const receiver = await startReceiver();
    const serving = await reading(mechanism, { ...shown, 'live.kafka.sasl_mechanism': mechanism }, receiver);
    const trace = traceNow(number, 'charge', 'other');
    await broker.send('guarded', 0, pushOf(trace));
    await expect.poll(() => receiver.violated()).toContain(trace.traceId);
    expect(await serving.stop()).toBe(0);
  });

  it.each([
    ['a wrong password', { ...shown }, 'wrong'],
    [
      'no certificate',
      { ...shown, 'live.kafka.cert_file': undefined, 'live.kafka.key_file': undefined },
      undefined,
    ],
    [
      'an authority that did not sign',
      { ...shown, 'live.kafka.ca_file': file('stranger.pem', selfSigned().cert) },
      undefined,
    ],
  ])('is not read with %s, and /-/ready says why', async (what, settings, password) => {
    const receiver = await startReceiver();
    const given = Object.fromEntries(
      Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const serving = await reading(what.replaceAll(' ', '-'), given, receiver, password);
    const reasons = /authentic|SASL|certificate|TLS|SSL|handshake|closed/i;
    await expect.poll(async () => (await readinessOf(serving, 'topic')).reason).toMatch(reasons);
    expect(await serving.metric('betrace_kafka_reading')).toBe(0);
    await serving.kill();
  });
});
