/** What changes comes to whoever looks, as events: when it changes, over few connections, and until the service stops. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { expect, it, onTestFinished } from 'vitest';
import { type ChangeContext, TenantChanges } from '../../../server/api/tenant-changes.js';
import { start, temporaryDirectory } from './support.js';

interface State {
  readonly rules: string;
  readonly stored: string;
}

interface Stream {
  readonly states: readonly State[];
  readonly ids: readonly string[];
  /** Resolves when the service has ended the stream. */
  readonly ended: Promise<void>;
}

async function follow(url: string, last?: string): Promise<Stream> {
  const left = new AbortController();
  onTestFinished(() => left.abort());
  const headers = last === undefined ? {} : { 'last-event-id': last };
  const { body, status } = await fetch(`${url}/betrace/v1/events`, { signal: left.signal, headers });
  expect(status).toBe(200);
  const [states, ids]: [State[], string[]] = [[], []];
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      expect(event).toBe('changed');
      states.push(JSON.parse(data) as State);
      ids.push(id ?? '');
    },
  });
  const read = async (): Promise<void> => {
    const text = new TextDecoder();
    for await (const chunk of body!) parser.feed(text.decode(chunk as Uint8Array, { stream: true }));
  };
  return { states, ids, ended: read().catch(() => undefined) };
}

it('says at once how things are, and again when rules change; a stop ends it', async () => {
  const file = join(temporaryDirectory(), 'a.betrace');
  writeFileSync(file, 'rule a { never { name = "x" } }');
  const service = await start({ settings: { rules: [file] } });
  const stream = await follow(service.url);
  await expect.poll(() => stream.states.length).toBe(1);
  const again = await follow(service.url, stream.ids[0]);
  writeFileSync(file, 'rule other { never { name = "other" } }');
  await expect.poll(() => stream.states.length).toBe(2);
  const [before, after] = stream.states;
  expect(after!.rules).not.toBe(before!.rules);
  expect(after!.stored).toBe(before!.stored);
  // Who had seen the first state has not got it anew.
  await expect.poll(() => again.states).toEqual([after]);
  const stopping = performance.now();
  await service.stop();
  await Promise.all([stream.ended, again.ended]);
  expect(performance.now() - stopping).toBeLessThan(10_000);
});

it('holds so many connections and no more, and looks no longer than somebody follows', async () => {
  let looks = 0;
  const context = {
    rules: {
      get state() {
        looks++;
        return { rules: [], changedAt: 0 };
      },
    },
    queries: { watch: { list: async () => ({ blocks: [], unread: [] }) }, tenant: (name: string) => name },
  } as unknown as ChangeContext;
  const changes = new TenantChanges(context);
  const followed = Array.from({ length: 256 }, (_, n) => changes.follow(`t${n % 3}`, undefined));
  expect(() => changes.follow('t', undefined)).toThrow('256 streams of events are open already');
  followed[0]!.close();
  const follower = changes.follow('t', undefined);
  const forget = follower.onChange(() => undefined);
  await expect.poll(() => follower.take()).toBeDefined();
  expect(follower.take()).toBeUndefined();
  expect(looks).toBe(1);
  forget();
  follower.close();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(looks).toBe(1);
});
