/** A worker thread of `pool.ts`: flattens one block at a time. */
import { parentPort } from 'node:worker_threads';
import type { Storage } from '../storage.js';
import { localStorage } from '../storage-local.js';
import { flattenBlock } from './flatten.js';
import { type Ask, type FromWorker, fromMessage, type ToWorker, toMessage } from './pool-protocol.js';

const port = parentPort;
if (!port) throw new Error('this module is the entry of a worker thread');

interface Waiting {
  readonly resolve: (value: Uint8Array | number) => void;
  readonly reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
let requests = 0;
let abort = new AbortController();

function send(message: FromWorker): void {
  port!.postMessage(message);
}

async function ask(what: Ask): Promise<Uint8Array | number> {
  const request = requests++;
  return await new Promise((resolve, reject) => {
    waiting.set(request, { resolve, reject });
    send({ kind: 'ask', request, ask: what });
  });
}

/** A storage whose calls the main thread answers. */
const remoteStorage: Storage = {
  description: 'the storage of the main thread',
  list: () => Promise.reject(new Error('a worker lists nothing')),
  read: async (path) => (await ask({ call: 'read', path })) as Uint8Array,
  readRange: async (path, start, end) => (await ask({ call: 'readRange', path, start, end })) as Uint8Array,
  size: async (path) => (await ask({ call: 'size', path })) as number,
};

async function flatten(job: Extract<ToWorker, { readonly kind: 'flatten' }>): Promise<void> {
  abort = new AbortController();
  const storage = job.root === undefined ? remoteStorage : localStorage(job.root);
  try {
    const { block, needs, paths, base } = job;
    const { signal } = abort;
    const flat = await flattenBlock(storage, block, needs, paths, { signal, ...(base ? { base } : {}) });
    send({ kind: 'done', flat });
  } catch (error) {
    send({ kind: 'failed', error: toMessage(error) });
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'flatten':
      void flatten(message);
      break;
    case 'abort':
      abort.abort();
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
