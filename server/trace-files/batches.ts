/** Files of traces as the batches that live judging takes: for many spans. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpanBatch } from '../../engine/live/otlp/batch.js';
import { decodeTraces } from '../../engine/live/otlp/decode.js';
import { protobufOfGroups } from '../../engine/live/otlp/write-protobuf.js';
import { MalformedOtlp } from '../../engine/otlp/malformed.js';
import { readTraceJson } from '../../engine/otlp/read-json.js';
import { formatBytes } from '../shared/numbers.js';
import { UsageError } from '../shared/usage-error.js';
import { recordsOf, type TraceRecord } from './records.js';

export interface TraceFiles {
  readonly batches: readonly SpanBatch[];
  /** Spans that could not be read, one sentence each: the first, and how many there are. */
  readonly refused: { readonly count: number; readonly first: readonly string[] };
}

const MOST_TOLD = 5;

/** `-` is standard input, a folder all files in it. Throws `UsageError` for a file that is not there, or is no traces. */
export async function readTraceFiles(paths: readonly string[], limit: number): Promise<TraceFiles> {
  const batches: SpanBatch[] = [];
  const first: string[] = [];
  let count = 0;
  let left = limit;
  for (const path of paths)
    for (const file of await filesAt(path)) {
      const bytes = await readBounded(file, left, limit);
      left -= bytes.length;
      try {
        for (const record of recordsOf(bytes, limit)) {
          const { batch, messages } = batchOf(record);
          batches.push(batch);
          count += messages.length;
          first.push(...messages.slice(0, MOST_TOLD - first.length).map((message) => `${file}: ${message}`));
        }
      } catch (error) {
        if (!(error instanceof MalformedOtlp)) throw error;
        throw new UsageError(`--otlp: "${file}": ${error.message}.`);
      }
    }
  return { batches, refused: { count, first } };
}

function batchOf(record: TraceRecord): { readonly batch: SpanBatch; readonly messages: readonly string[] } {
  if (record.kind === 'json') {
    const { groups, refused } = readTraceJson(record.text);
    return { batch: decodeTraces(protobufOfGroups(groups)), messages: refused.map(({ message }) => message) };
  }
  const batch = decodeTraces(record.bytes);
  const messages = [...batch.refused.invalid].flatMap(([reason, spans]) =>
    Array.from({ length: spans }, () => `a span without a valid ${reason}`),
  );
  return { batch, messages };
}

/** In the order of their names; those whose name begins with a dot are somebody else's. */
async function filesAt(path: string): Promise<readonly string[]> {
  if (path === '-') return [path];
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined) throw new UsageError(`--otlp: "${path}" does not exist.`);
  if (!kind.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  if (files.length === 0) throw new UsageError(`--otlp: "${path}" holds no file.`);
  return files.map(({ name }) => join(path, name)).sort();
}

async function readBounded(file: string, left: number, limit: number): Promise<Uint8Array> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer);
    read += bytes.length;
    if (read > left)
      throw new UsageError(
        `--otlp: the files have more than ${formatBytes(limit)}: give more --memory, or fewer files at once.`,
      );
    chunks.push(bytes);
  }
  // A copy of its own: small files share a buffer otherwise.
  return new Uint8Array(Buffer.concat(chunks));
}
