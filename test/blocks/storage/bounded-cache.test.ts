import { expect, test } from 'vitest';
import { BoundedCache } from '../../../engine/blocks/bounded-cache.js';

const load = (value: string) => () => Promise.resolve(value);

test('the least recently used values leave when the bound is reached', async () => {
  const cache = new BoundedCache<string>(10, ({ length }) => length);
  await cache.get('a', load('aaaa'));
  await cache.get('b', load('bbbb'));
  await cache.get('a', load('never'));
  await cache.get('c', load('cccc'));
  expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([true, false, true]);
  expect(cache.bytes).toBe(8);
});

test('a value larger than the bound is given and not kept', async () => {
  const cache = new BoundedCache<string>(3, ({ length }) => length);
  expect(await cache.get('a', load('aaaa'))).toBe('aaaa');
  expect(cache.bytes).toBe(0);
  expect(cache.size).toBe(0);
});

test('askers at once share one load; a failure reaches all of them and is forgotten', async () => {
  const cache = new BoundedCache<string>(100, ({ length }) => length);
  let loads = 0;
  const failing = () => {
    loads++;
    return Promise.reject(new Error('broken'));
  };
  const asked = await Promise.allSettled([cache.get('a', failing), cache.get('a', failing)]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(loads).toBe(1);
  expect(await cache.get('a', load('fine'))).toBe('fine');
});
