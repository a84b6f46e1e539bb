import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { openTopic } from '../../../server/kafka/platformatic-topic.js';
import { reasonOf } from '../../../server/kafka/reason-of.js';
import { freePort } from '../../blocks/buckets/servers.js';

it('says why brokers cannot be reached', async () => {
  const brokers = [`127.0.0.1:${await freePort()}`];
  const topic = await openTopic({ brokers, topic: 't', group: 'g', sessionMs: 6_000 });
  const reason = await topic.attend().then(() => '', reasonOf);
  expect(reason).toContain('ECONNREFUSED');
  await topic.close();
});

it('says of what is no broker that the connection ended', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  const topic = await openTopic({ brokers: [`127.0.0.1:${port}`], topic: 't', group: 'g', sessionMs: 6_000 });
  const reason = await topic.attend().then(() => '', reasonOf);
  expect(reason).toMatch(/closed|failed/i);
  await topic.close();
  server.close();
});

it('leaves a single error as it is', () => {
  expect(reasonOf(new Error('a'))).toBe('a');
  expect(reasonOf(new AggregateError([new Error('x'), new Error('y')], 'failed 2 times.'))).toBe(
    'failed 2 times: y',
  );
});
