import { describe, expect, test, vi } from 'vitest';
import { withTries } from '../../../engine/blocks/buckets/attempts.js';
import { bucketStorage } from '../../../engine/blocks/buckets/bucket-storage.js';
import { Hedge } from '../../../engine/blocks/buckets/hedge.js';
import {
  ObjectFailure,
  type ObjectFailureKind,
  type ObjectStore,
} from '../../../engine/blocks/buckets/object-store.js';
import { DEFAULT_REQUESTS } from '../../../engine/blocks/buckets/place.js';
import { checkedBody } from '../../../engine/blocks/buckets/ranges.js';
import { Gate } from '../../../engine/blocks/gate.js';
import { MemoryStore, storageOf } from './memory-store.js';

const busy = (): ObjectFailure => new ObjectFailure('busy', 'HTTP 503 SlowDown');

test('a store that could not be opened is opened the next time', async () => {
  const store = new MemoryStore();
  store.put('a', 'text');
  let tries = 0;
  const storage = bucketStorage({
    place: { kind: 's3', bucket: 'b', prefix: '' },
    settings: DEFAULT_REQUESTS,
    open: () =>
      ++tries === 1
        ? Promise.reject(new ObjectFailure('credentials', 'no role yet'))
        : Promise.resolve<ObjectStore>(store),
  });
  await expect(storage.read('a')).rejects.toThrow('no role yet');
  expect(Buffer.from(await storage.read('a')).toString()).toBe('text');
});

describe('a request that fails', () => {
  test('is made again, with random waits that grow, and then counts as failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const waits: number[] = [];
      const real = globalThis.setTimeout;
      vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms: number) => {
        if (ms < 30_000) {
          waits.push(ms);
          work();
        }
        return real(() => undefined, 0);
      }) as typeof setTimeout);
      let tries = 0;
      const attempts = { tries: 5, timeoutMs: 30_000, random: () => 0.5 };
      const failed = withTries(attempts, undefined, () => {
        tries++;
        return Promise.reject(busy());
      });
      await expect(failed).rejects.toMatchObject({ kind: 'busy' });
      expect(tries).toBe(5);
      expect(waits).toEqual([100, 200, 400, 800]);
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
  });

  test.each<ObjectFailureKind>([
    'missing',
    'denied',
    'no-bucket',
    'range',
    'refused',
    'credentials',
    'expired',
  ])('as %s is not made again', async (kind) => {
    let tries = 0;
    const attempts = { tries: 5, timeoutMs: 1000 };
    const failed = withTries(attempts, undefined, () => {
      tries++;
      return Promise.reject(new ObjectFailure(kind, 'no'));
    });
    await expect(failed).rejects.toMatchObject({ kind });
    expect(tries).toBe(1);
  });

  test('to come in time is given up and made again', async () => {
    let tries = 0;
    const value = await withTries({ tries: 2, timeoutMs: 20, random: () => 0 }, undefined, async (signal) => {
      if (++tries === 2) return 'second';
      return await new Promise<string>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    });
    expect([value, tries]).toEqual(['second', 2]);
  });

  test('waits no longer than somebody wants the answer', async () => {
    const stop = new AbortController();
    const failed = withTries({ tries: 5, timeoutMs: 1000, random: () => 1 }, stop.signal, () => {
      setTimeout(() => stop.abort(new Error('enough')), 5);
      return Promise.reject(new ObjectFailure('busy', 'later', 60_000));
    });
    await expect(failed).rejects.toThrow('enough');
  });
});

test('one of twenty requests fails: everything is read all the same, and failures are counted', async () => {
  const store = new MemoryStore();
  for (let n = 0; n < 100; n++) store.put(`o${n}`, `text ${n}`);
  let count = 0;
  store.before = () => {
    if (++count % 20 === 0) throw busy();
  };
  const storage = storageOf(store, '', { hedgeAfterMs: 0 });
  for (let n = 0; n < 100; n++) expect(Buffer.from(await storage.read(`o${n}`)).toString()).toBe(`text ${n}`);
  expect(storage.traffic).toMatchObject({ gets: 105, retried: 5 });
});

test('what went wrong is said with bucket, path, identity and what to do', async () => {
  const store = new MemoryStore();
  const storage = storageOf(store, 'prefix', { tries: 1 });
  const said = async (kind: ObjectFailureKind, what: string): Promise<string> => {
    store.before = () => {
      throw new ObjectFailure(kind, what);
    };
    return await storage.read('t/x').then(
      () => 'it worked',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
  };
  expect(await said('denied', 'HTTP 403 AccessDenied')).toBe(
    'may not be read from bucket s3://b with keys from a test (HTTP 403 AccessDenied): allow s3:ListBucket on the bucket and s3:GetObject on its objects, or give other credentials',
  );
  expect(await said('no-bucket', 'HTTP 404 NoSuchBucket')).toContain('there is no bucket s3://b');
  expect(await said('busy', 'nothing listens there (ECONNREFUSED)')).toBe(
    'could not be read from bucket s3://b in 1 tries (nothing listens there (ECONNREFUSED)): look whether it is reached from here, and try again',
  );
  expect(await said('credentials', 'none')).toContain('AWS_ACCESS_KEY_ID');
  expect(await said('expired', 'HTTP 400 ExpiredToken')).toBe(
    'cannot be read from bucket s3://b with keys from a test, which it does not know, or no more (HTTP 400 ExpiredToken): look whether they have run out, or give others',
  );
});

test('credentials that a store knows no more are had anew, once for all who read', async () => {
  const stores = [new MemoryStore(), new MemoryStore()];
  for (const store of stores) for (let n = 0; n < 20; n++) store.put(`o${n}`, 'text');
  stores[0]!.before = () => {
    if (stores[0]!.asked.length > 10) throw new ObjectFailure('expired', 'HTTP 401');
  };
  let opened = 0;
  const storage = bucketStorage({
    place: { kind: 's3', bucket: 'b', prefix: '' },
    settings: DEFAULT_REQUESTS,
    open: () => Promise.resolve(stores[opened++]!),
  });
  for (let n = 0; n < 10; n++) await storage.read(`o${n}`);
  await Promise.all(Array.from({ length: 10 }, (_, n) => storage.read(`o${n + 10}`)));
  expect([opened, storage.traffic?.retried]).toEqual([2, 10]);
  storage.close?.();
  expect(stores.map(({ closed }) => closed)).toEqual([true, true]);
});

describe('a body', () => {
  async function* parts(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const text of texts) yield Buffer.from(text);
  }
  const range = { start: 2, end: 6 };

  test.each([
    ['that is cut off', ['23'], 'bytes 2-5/10', 4, 'busy'],
    ['that is too long', ['23456789'], 'bytes 2-5/10', 8, 'busy'],
    ['of another part', ['0123'], 'bytes 0-3/10', 4, 'busy'],
    ['of an object that ends before', ['23'], 'bytes 2-3/4', 2, 'range'],
    ['of a whole object that ends before', ['0123'], undefined, 4, 'range'],
    ['of a whole object that is cut off', ['0123'], undefined, 10, 'busy'],
  ] as const)('%s is not taken for what was asked for', async (_, texts, contentRange, length, kind) => {
    await expect(
      checkedBody(parts(...texts), { length, contentRange, range, limit: 4 }),
    ).rejects.toMatchObject({ kind });
  });

  test('of a server that knows no ranges is cut to the part', async () => {
    const bytes = await checkedBody(parts('0123', '456789'), {
      length: 10,
      contentRange: undefined,
      range,
      limit: 4,
    });
    expect(Buffer.from(bytes).toString()).toBe('2345');
  });

  test('that is longer than allowed is not read to its end', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read++;
        yield new Uint8Array(1000);
      }
    }
    const expected = { length: undefined, contentRange: undefined, range: undefined, limit: 5000 };
    await expect(checkedBody(endless(), expected)).rejects.toMatchObject({ kind: 'range' });
    expect(read).toBeLessThan(10);
  });
});

describe('a small read that takes long', () => {
  test('is made again, and the first answer counts; the other is given up', async () => {
    const hedge = new Hedge({ afterMs: 5, upTo: 2 });
    const aborted: number[] = [];
    let calls = 0;
    let hedged = 0;
    const value = await hedge.run(
      new AbortController().signal,
      async (signal) => {
        const call = ++calls;
        signal.addEventListener('abort', () => aborted.push(call));
        if (call === 2) return call;
        return await new Promise<number>(() => undefined);
      },
      () => hedged++,
    );
    expect([value, calls, hedged]).toEqual([2, 2, 1]);
    expect(aborted).toContain(1);
  });

  test('is not made again when it has failed, or when nothing is known of usual times', async () => {
    const failing = new Hedge({ afterMs: 5, upTo: 2 });
    let calls = 0;
    const fail = (): Promise<never> => {
      calls++;
      return Promise.reject(busy());
    };
    await expect(failing.run(new AbortController().signal, fail, () => undefined)).rejects.toThrow();
    const fresh = new Hedge({ afterMs: undefined, upTo: 2 });
    const slow = (): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(++calls), 60));
    await fresh.run(new AbortController().signal, slow, () => undefined);
    expect(calls).toBe(2);
  });
});

test('no more is awaited at once than there is room for, in the order of asking', async () => {
  const gate = new Gate(10);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    [4, 4, 4, 20, 1].map((weight, n) =>
      gate.through(weight, undefined, async () => {
        order.push(n);
        inside += weight;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= weight;
      }),
    ),
  );
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(20); // what is larger than all room goes alone
});
