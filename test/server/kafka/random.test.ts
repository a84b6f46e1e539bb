/** Replicas come, go and are killed, brokers are away, partitions are added: in whatever order, each violation is found, and no process sends one twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SqlEvaluator } from '../../../engine/live/judge/sql-evaluator.js';
import { restOf, traceOf } from '../../live/support.js';
import { runs } from '../../support/runs.js';
import { FakeBroker } from './fake-topic.js';
import { pushOf } from './push.js';
import { BEGUN_MS, Replica, TENANT } from './replica.js';

/** Seconds within which the second half of a trace follows the first: fewer than what a trace is waited for. */
const MOST_APART = 4;
/** Seconds after which all that was sent is judged and over. */
const OVER = 130;

type Step =
  | { readonly kind: 'trace'; readonly partition: number; readonly violates: boolean }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'crash' | 'leave'; readonly replica: number }
  | { readonly kind: 'join' | 'partition' | 'down' | 'up' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('trace' as const),
      partition: fc.nat(7),
      violates: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 1, 2, 2, 50),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'leave' as const), replica: fc.nat(7) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'join' as const,
        'join' as const,
        'partition' as const,
        'down' as const,
        'up' as const,
      ),
    }),
  },
);

class World {
  readonly broker = new FakeBroker(2);
  readonly running: Replica[] = [];
  readonly gone: Replica[] = [];
  readonly violating: number[] = [];
  readonly #rests: { readonly partition: number; readonly value: Uint8Array; readonly bySecond: number }[] =
    [];
  readonly #evaluator: SqlEvaluator;
  #traces = 0;
  #second = 0;

  constructor(evaluator: SqlEvaluator) {
    this.#evaluator = evaluator;
  }

  async join(): Promise<void> {
    const replica = await Replica.start(this.broker, { evaluator: this.#evaluator });
    replica.live.time = this.#second * 1000;
    this.running.push(replica);
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'trace':
        return this.#begin(step.partition % this.broker.count, step.violates);
      case 'wait':
        for (let n = 0; n < step.seconds; n++) await this.wait();
        return;
      case 'crash':
        return await this.running[step.replica % this.running.length]?.crash();
      case 'leave':
        return await this.#leave(step.replica);
      case 'join':
        return this.running.length < 3 ? await this.join() : undefined;
      case 'partition':
        return this.broker.count < 4 ? this.broker.addPartitions(1) : undefined;
      case 'down':
      case 'up':
        this.broker.isDown = step.kind === 'down';
    }
  }

  /** A second passes. While brokers are away it passes for nobody who reads from them. */
  async wait(): Promise<void> {
    this.#second++;
    for (const rest of this.#rests.splice(0)) {
      if (rest.bySecond > this.#second) this.#rests.push(rest);
      else this.#append(rest.partition, rest.value);
    }
    for (const replica of this.running) await replica.read();
    if (!this.broker.isDown) for (const replica of this.running) await replica.live.wait(1);
  }

  #begin(partition: number, violates: boolean): void {
    const number = ++this.#traces;
    const trace = traceOf(number, 'charge', violates ? 'other' : 'check');
    if (violates) this.violating.push(number);
    this.#append(partition, pushOf({ ...trace, spans: trace.spans.slice(0, 1) }));
    const bySecond = this.#second + 1 + (number % MOST_APART);
    this.#rests.push({ partition, value: pushOf(restOf(trace, 1)), bySecond });
  }

  #append(partition: number, value: Uint8Array): void {
    this.broker.append(partition, TENANT, value, BEGUN_MS + this.#second * 1000);
  }

  async #leave(number: number): Promise<void> {
    if (this.running.length < 2) return;
    const [replica] = this.running.splice(number % this.running.length, 1);
    await replica!.leave();
    this.gone.push(replica!);
  }
}

it('finds what one process would have found', async () => {
  const evaluator = await SqlEvaluator.open({
    ...{ memory: 2 ** 28, threads: 1, ruleLimitMs: 60_000, mostViolations: 10_000 },
  });
  let crashes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new World(evaluator);
      await world.join();
      for (const step of steps) await world.take(step);
      crashes += steps.filter(({ kind }) => kind === 'crash').length;
      world.broker.isDown = false;
      for (let n = 0; n < OVER; n++) await world.wait();
      const all = [...world.running, ...world.gone].map(({ live }) => live);
      const found = new Set(all.flatMap(({ emitted }) => emitted.map((text) => Number(text.split(' ')[1]))));
      expect([...found].sort((a, b) => a - b)).toEqual(world.violating);
      expect(all.flatMap(({ retracted }) => retracted)).toEqual([]);
      for (const { emitted } of all) expect(new Set(emitted).size).toBe(emitted.length);
      for (const partition of world.broker.partitions)
        expect(world.broker.committed.get(partition)).toBe(world.broker.boundsOf(partition).end);
    }),
    { numRuns: runs(16) },
  );
  expect(crashes).toBeGreaterThan(0);
});
