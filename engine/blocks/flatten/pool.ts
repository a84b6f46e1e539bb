/** Flattens blocks on worker threads, so that the main thread stays free and all cores work. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ColumnNeeds } from '../../plan/schema.js';
import { messageOf } from '../../shared/message-of.js';
import type { FlatBlock } from '../../sql/relations/flat.js';
import type { BuildFlatBlock } from '../cache/cache.js';
import { Gate } from '../gate.js';
import type { BlockMeta } from '../meta.js';
import type { Storage } from '../storage.js';
import { BlockReadError } from './error.js';
import type { FlatBase, FlatPaths, FlattenOptions } from './flat/paths.js';
import {
  type Ask,
  type Asking,
  type FromWorker,
  fromMessage,
  type ToWorker,
  toMessage,
} from './pool-protocol.js';
import { workerEntry } from './worker-entry.js';

export interface FlattenPoolOptions {
  readonly storage: Storage;
  /** Default: as many as there are cores, at most 2. */
  readonly workers?: number;
  /** Bytes of blocks that may be on their way or in memory at once, about; default 256 MiB. Each worker has one block in any case. */
  readonly bytesAhead?: number;
  /**
   * Bytes that blocks may take whose pages the fast reader does not know, all workers together, about; default 512 MiB. Where that is less than
   * several of them take, they are read one after the other.
   */
  readonly memory?: number;
}

/** What comes over a network takes its time: while one block of a worker is decoded, others are fetched. */
const BLOCKS_OF_WORKER = 4;
const DEFAULT_BYTES_AHEAD = 256 * 1024 * 1024;
const DEFAULT_MEMORY = 512 * 1024 * 1024;

/** How long an aborted worker may continue with the row group that it is at, in ms, before it is ended by force, unless it has other blocks too. */
const ABORT_GRACE_MS = 5_000;

interface Job {
  readonly block: BlockMeta;
  readonly needs: ColumnNeeds;
  readonly paths: FlatPaths;
  readonly base: FlatBase | undefined;
  readonly rows: readonly number[] | undefined;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (flat: FlatBlock | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Running {
  readonly job: Job;
  /** Bytes that it may hold at once, about. */
  readonly bytes: number;
  /** Takes the job's listeners off. */
  readonly release: () => void;
  /** Resolves then. */
  readonly released: Promise<void>;
}

interface Slot {
  readonly worker: Worker;
  /** By the number that the worker knows them by. */
  readonly running: Map<number, Running>;
}

/**
 * Threads start with the first block and stay for the next ones (a warm worker is several times as fast as a cold one).
 * Idle ones do not keep the process alive. `close` ends them.
 */
export class FlattenPool {
  /** How many blocks are flattened at once, those that are fetched ahead included. */
  readonly size: number;
  private readonly workers: number;
  private readonly blocksOfWorker: number;
  private readonly bytesAhead: number;
  private readonly memoryOfWorker: number;
  /** For blocks that take more memory than others. */
  private readonly room: Gate;
  private jobs = 0;
  private readonly storage: Storage;
  private readonly queue: Job[] = [];
  private readonly slots: Slot[] = [];
  private closed = false;

  constructor(options: FlattenPoolOptions) {
    this.storage = options.storage;
    this.workers = Math.max(1, options.workers ?? Math.min(2, availableParallelism()));
    this.blocksOfWorker = options.storage.localPath === undefined ? BLOCKS_OF_WORKER : 1;
    this.size = this.workers * this.blocksOfWorker;
    this.bytesAhead = options.bytesAhead ?? DEFAULT_BYTES_AHEAD;
    const { memory = DEFAULT_MEMORY } = options;
    this.memoryOfWorker = Math.floor(memory / this.workers);
    this.room = new Gate(memory);
  }

  /**
   * `flattenBlock` on a worker. Rejects with `BlockReadError` (BT4012 when the worker crashed, which costs no other block),
   * with the signal's reason, or with an error of the file system that could not write. The files are not touched any
   * more once the promise has settled.
   */
  async flatten(
    block: BlockMeta,
    needs: ColumnNeeds,
    paths: FlatPaths,
    { signal, base }: Pick<FlattenOptions, 'signal' | 'base'> = {},
  ): Promise<FlatBlock> {
    const flat = await this.ofJob({ block, needs, paths, base, rows: undefined, signal });
    if (flat === undefined) throw new Error('a block without some of its rows was asked for');
    return flat;
  }

  /** `flattenRows` on a worker; rejects as `flatten` does. */
  async flattenRows(
    block: BlockMeta,
    needs: ColumnNeeds,
    paths: FlatPaths,
    rows: readonly number[],
    signal?: AbortSignal,
  ): Promise<FlatBlock | undefined> {
    return await this.ofJob({ block, needs, paths, base: undefined, rows, signal });
  }

  private async ofJob(job: Omit<Job, 'resolve' | 'reject'>): Promise<FlatBlock | undefined> {
    if (this.closed) throw new Error('the pool is closed');
    job.signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      this.queue.push({ ...job, resolve, reject });
      this.next();
    });
  }

  /** `flatten` of a block as a cache calls it. */
  builder(block: BlockMeta, signal?: AbortSignal): BuildFlatBlock {
    return async (paths, needs, base) =>
      await this.flatten(block, needs, paths, { ...(signal ? { signal } : {}), ...(base ? { base } : {}) });
  }

  /** Ends all workers; what they were at rejects. */
  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.queue.splice(0)) job.reject(new Error('the pool is closed'));
    await Promise.all(this.slots.splice(0).map(({ worker }) => worker.terminate()));
  }

  private next(): void {
    while (this.queue.length > 0) {
      const slot = this.slotFor(this.queue[0]!);
      if (!slot) return;
      const job = this.queue.shift()!;
      if (job.signal?.aborted) job.reject(job.signal.reason);
      else this.run(slot, job);
    }
  }

  /** An idle worker, a new one, or one with the fewest blocks where there is room for another. */
  private slotFor({ block }: Job): Slot | undefined {
    const [least] = this.slots.toSorted((a, b) => a.running.size - b.running.size);
    if (least?.running.size === 0) return least;
    if (this.slots.length < this.workers) return this.start();
    const held = this.slots.flatMap(({ running }) => [...running.values()]);
    const bytes = held.reduce((sum, running) => sum + running.bytes, bytesOf(block));
    const fits = least !== undefined && least.running.size < this.blocksOfWorker && bytes <= this.bytesAhead;
    return fits ? least : undefined;
  }

  private start(): Slot {
    const worker = new Worker(workerEntry(), { name: 'betrace-flatten', execArgv: [] });
    worker.unref();
    const slot: Slot = { worker, running: new Map() };
    worker.on('message', (message: FromWorker) => this.hear(slot, message));
    worker.on('error', (error) => this.lost(slot, messageOf(error)));
    worker.on('exit', (code) => this.lost(slot, `it ended with code ${code}`));
    this.slots.push(slot);
    return slot;
  }

  private run(slot: Slot, job: Job): void {
    const number = this.jobs++;
    slot.worker.ref();
    let grace: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      post(slot, { kind: 'abort', job: number });
      grace = setTimeout(() => {
        if ([...slot.running.values()].every((running) => running.job.signal?.aborted))
          void slot.worker.terminate();
      }, ABORT_GRACE_MS);
    };
    job.signal?.addEventListener('abort', onAbort, { once: true });
    const { block, needs, paths, base, rows } = job;
    let onRelease = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      onRelease = resolve;
    });
    slot.running.set(number, {
      job,
      bytes: bytesOf(block),
      released,
      release: () => {
        clearTimeout(grace);
        job.signal?.removeEventListener('abort', onAbort);
        onRelease();
      },
    });
    // Only the paths that a flat block has: the caller's object may have more.
    const { traces, spans, events, links } = paths;
    post(slot, {
      kind: 'flatten',
      job: number,
      block,
      needs,
      paths: { traces, spans, ...(events ? { events } : {}), ...(links ? { links } : {}) },
      base,
      rows,
      memory: this.memoryOfWorker,
      root: this.storage.localPath?.(''),
    });
  }

  private hear(slot: Slot, message: FromWorker): void {
    if (message.kind === 'ask') {
      void this.answer(slot, message);
      return;
    }
    const job = this.settle(slot, message.job);
    if (message.kind === 'done') job?.resolve(message.flat);
    else job?.reject(job.signal?.aborted ? job.signal.reason : fromMessage(message.error));
    this.next();
  }

  /** Takes the job off the worker and returns it. */
  private settle(slot: Slot, number: number): Job | undefined {
    const running = slot.running.get(number);
    running?.release();
    slot.running.delete(number);
    if (slot.running.size === 0) slot.worker.unref();
    return running?.job;
  }

  private async answer(slot: Slot, { job, request, ask }: Asking): Promise<void> {
    try {
      const value = await this.call(ask, slot.running.get(job));
      post(slot, { kind: 'answer', request, value });
    } catch (error) {
      post(slot, { kind: 'refusal', request, error: toMessage(error) });
    }
  }

  private async call(ask: Ask, running: Running | undefined): Promise<Uint8Array | number> {
    switch (ask.call) {
      case 'room':
        // A job that is over takes nothing.
        if (running !== undefined) await this.enter(running, ask.bytes);
        return ask.bytes;
      case 'readRange':
        return await this.storage.readRange(ask.path, ask.start, ask.end, running?.job.signal);
      case 'size':
        return await this.storage.size(ask.path);
    }
  }

  /** Resolves when there is room for the bytes, which the job then takes until it is over. */
  private async enter({ job, released }: Running, bytes: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.room
        .through(bytes, job.signal, async () => {
          resolve();
          await released;
        })
        .catch(reject);
    });
  }

  /** A worker that is gone costs the blocks that it was at. */
  private lost(slot: Slot, why: string): void {
    const index = this.slots.indexOf(slot);
    if (index >= 0) this.slots.splice(index, 1);
    for (const number of [...slot.running.keys()]) {
      const job = this.settle(slot, number);
      if (!job) continue;
      const { blockId, dataPath } = job.block;
      job.reject(
        job.signal?.aborted
          ? job.signal.reason
          : this.closed
            ? new Error('the pool is closed')
            : new BlockReadError('BT4012', blockId, dataPath, `the worker that read it crashed: ${why}`),
      );
    }
    if (!this.closed) this.next();
  }
}

/** Two row groups: one is decoded while the next is fetched. All columns of them, as nobody knows yet which are needed. */
function bytesOf({ size, totalRecords }: BlockMeta): number {
  return Math.min(size, (2 * size) / Math.max(1, totalRecords));
}

/** The compiled worker next to this module; among sources (tests, tsx) one that first registers tsx, which reads them. */
/** Bytes move to the worker instead of being copied, where they have their buffer to themselves. */
function post(slot: Slot, message: ToWorker): void {
  const own =
    message.kind === 'answer' &&
    message.value instanceof Uint8Array &&
    message.value.buffer instanceof ArrayBuffer &&
    message.value.byteLength === message.value.buffer.byteLength;
  slot.worker.postMessage(message, own ? [message.value.buffer as ArrayBuffer] : []);
}
