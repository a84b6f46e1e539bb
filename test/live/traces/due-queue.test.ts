import { expect, it } from 'vitest';
import { type Due, DueQueue } from '../../../engine/live/traces/due-queue.js';

function items(count: number): readonly Due[] {
  return Array.from({ length: count }, () => ({ dueAt: Number.POSITIVE_INFINITY }));
}

it('takes what is due, once and never early', () => {
  const queue = new DueQueue<Due>();
  const [soon, late] = items(2);
  queue.schedule(late!, 2000);
  queue.schedule(soon!, 1001);
  expect(queue.take(1001)).toEqual([]);
  expect(queue.take(1300)).toEqual([soon]);
  expect(queue.take(1300)).toEqual([]);
  expect(queue.take(9000)).toEqual([late]);
});

it('moves what is scheduled again to the earlier of its times', () => {
  const queue = new DueQueue<Due>();
  const [item] = items(1);
  queue.schedule(item!, 2000);
  queue.schedule(item!, 1000);
  queue.schedule(item!, 3000);
  expect(queue.take(1000)).toEqual([item]);
  expect(queue.take(9000)).toEqual([]);
  queue.schedule(item!, 9500);
  expect(queue.take(9500)).toEqual([item]);
});

it('does not hand out what was removed', () => {
  const queue = new DueQueue<Due>();
  const [gone, kept] = items(2);
  for (const item of [gone!, kept!]) queue.schedule(item, 1000);
  queue.remove(gone!);
  queue.remove(gone!);
  expect(queue.take(1000)).toEqual([kept]);
  expect(gone!.dueAt).toBe(Number.POSITIVE_INFINITY);
});
