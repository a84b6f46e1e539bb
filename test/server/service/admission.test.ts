import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Admission, QueueFull } from '../../../server/questions/admission.js';

const never = new AbortController().signal;

/** Starts work that lasts until it is let go. */
function work(admission: Admission, tenant: string, order: string[], signal = never) {
  let finish = (): void => undefined;
  const going = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const done = admission.run(tenant, signal, async (slot) => {
    order.push(`${tenant}${slot}`);
    await going;
  });
  return { done, finish };
}

test('tenants take turns, however much one of them asks', async () => {
  const admission = new Admission({ slots: 1, queue: 100 });
  const order: string[] = [];
  const all = ['a', 'a', 'a', 'a', 'b', 'b', 'c'].map((tenant) => work(admission, tenant, order));
  for (const { finish } of all) finish();
  await Promise.all(all.map(({ done }) => done));
  expect(order).toEqual(['a0', 'a0', 'b0', 'c0', 'a0', 'b0', 'a0']);
});

test('a queue that is full refuses its tenant only', async () => {
  const admission = new Admission({ slots: 1, queue: 1 });
  const order: string[] = [];
  const [first, second] = [work(admission, 'a', order), work(admission, 'a', order)];
  await expect(work(admission, 'a', order).done).rejects.toThrow(QueueFull);
  const other = work(admission, 'b', order);
  for (const running of [first, second, other]) running.finish();
  await Promise.all([first.done, second.done, other.done]);
});

test('any course of starts, ends and aborts keeps to the slots and ends with none taken', async () => {
  const step = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), abort: fc.boolean(), end: fc.nat(9) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, slots) => {
        const counts: (readonly [number, number])[] = [];
        const admission = new Admission({ slots, queue: 5, onChange: (...both) => counts.push(both) });
        const taken = new Set<number>();
        const open: { finish: () => void; abort: () => void; done: Promise<unknown> }[] = [];
        for (const { tenant, abort, end } of steps) {
          const controller = new AbortController();
          let finish = (): void => undefined;
          const going = new Promise<void>((resolve) => {
            finish = resolve;
          });
          const done = admission
            .run(tenant, controller.signal, async (slot) => {
              expect(taken.has(slot)).toBe(false);
              taken.add(slot);
              await going;
              taken.delete(slot);
            })
            .catch((error: unknown) => error);
          open.push({ finish, abort: () => controller.abort(new Error('gone')), done });
          const chosen = open[end % open.length];
          if (abort) chosen?.abort();
          else chosen?.finish();
          await tick();
          expect(taken.size).toBeLessThanOrEqual(slots);
        }
        for (const { finish } of open) finish();
        await Promise.all(open.map(({ done }) => done));
        expect([admission.running, taken.size]).toEqual([0, 0]);
        for (const [running, waiting] of counts) expect(running <= slots && waiting >= 0).toBe(true);
        expect(counts.at(-1) ?? [0, 0]).toEqual([0, 0]);
      },
    ),
    { numRuns: 100 },
  );
});
