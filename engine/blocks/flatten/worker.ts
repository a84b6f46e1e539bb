/** A worker thread of `pool.ts`: decodes one block while it waits for the bytes of others. */
import { parentPort } from 'node:worker_threads';
import type { Storage } from '../storage.js';
import { localStorage } from '../storage-local.js';
import { flattenBlock, flattenRows } from './flatten.js';
import { type Ask, type FromWorker, fromMessage, type ToWorker, toMessage } from './pool-protocol.js';

const port = parentPort;
if (!port) throw new Error('this module is the entry of a worker thread');

interface Waiting {
  readonly resolve: (value: Uint8Array | number) => void;
  readonly reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
let requests = 0;
const aborts = new Map<number, AbortController>();

function send(message: FromWorker): void {
  port!.postMessage(message);
}

async function ask(job: number, what: Ask): Promise<Uint8Array | number> {
  const request = requests++;
  return await new Promise((resolve, reject) => {
    waiting.set(request, { resolve, reject });
    send({ kind: 'ask', job, request, ask: what });
  });
}

/** A storage whose calls the main thread answers. Nothing reads an object whole: it may be larger than any memory. */
function remoteStorage(job: number): Storage {
  return {
    description: 'the storage of the main thread',
    list: () => Promise.reject(new Error('a worker lists nothing')),
    read: () => Promise.reject(new Error('a worker reads parts')),
    readRange: async (path, start, end) =>
      (await ask(job, { call: 'readRange', path, start, end })) as Uint8Array,
    size: async (path) => (await ask(job, { call: 'size', path })) as number,
  };
}

async function flatten(message: Extract<ToWorker, { readonly kind: 'flatten' }>): Promise<void> {
  const { job, block, needs, paths, base, rows, memory, root } = message;
  const abort = new AbortController();
  aborts.set(job, abort);
  try {
    const storage = root === undefined ? remoteStorage(job) : localStorage(root);
    const { signal } = abort;
    const flat =
      rows === undefined
        ? await flattenBlock(storage, block, needs, paths, {
            signal,
            memory,
            room: async (bytes) => void (await ask(job, { call: 'room', bytes })),
            ...(base ? { base } : {}),
          })
        : await flattenRows(storage, block, needs, paths, rows, { signal });
    send({ kind: 'done', job, flat });
  } catch (error) {
    send({ kind: 'failed', job, error: toMessage(error) });
  } finally {
    aborts.delete(job);
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'flatten':
      void flatten(message);
      break;
    case 'abort':
      aborts.get(message.job)?.abort();
      break;
    case 'answer':
      waiting.get(message.request)?.resolve(message.value);
      waiting.delete(message.request);
      break;
    case 'refusal':
      waiting.get(message.request)?.reject(fromMessage(message.error));
      waiting.delete(message.request);
      break;
  }
});
