/** What receivers of OTLP answer, read without trusting it. */
import protobuf from 'protobufjs/minimal.js';
import type { SendOutcome } from '../../engine/live/outbox/delivery.js';

const MOST_TEXT = 500;

/** Of an `ExportTraceServiceResponse`: spans that were not taken. What is no such message says nothing. */
export function sentOutcome(response: Uint8Array): SendOutcome {
  try {
    const partial = fieldOf(response, 1);
    if (partial === undefined) return { kind: 'sent', rejected: 0 };
    const reader = protobuf.Reader.create(partial);
    let rejected = 0;
    let message = '';
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 8) rejected = Number(reader.int64());
      else if (tag === 18) message = reader.string().slice(0, MOST_TEXT);
      else reader.skipType(tag & 7);
    }
    return { kind: 'sent', rejected: Math.max(0, rejected), message };
  } catch {
    return { kind: 'sent', rejected: 0 };
  }
}

/** Milliseconds of a `Retry-After`, which is seconds or a date (RFC 9110, 10.2.3); undefined where it is neither. */
export function retryAfterHeaderMs(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return Number(trimmed) * 1000;
  // A date names its day; `Date.parse` would make one of nearly anything.
  const date = /^[A-Za-z]{3,9},? /.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Milliseconds of the `RetryInfo` in a `google.rpc.Status`, if it has one. */
export function retryAfterMs(status: Uint8Array): number | undefined {
  try {
    const reader = protobuf.Reader.create(status);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag !== 26) {
        reader.skipType(tag & 7);
        continue;
      }
      const detail = reader.bytes();
      const type = Buffer.from(fieldOf(detail, 1) ?? []).toString();
      const info = fieldOf(detail, 2);
      const delay = type.endsWith('/google.rpc.RetryInfo') && info ? fieldOf(info, 1) : undefined;
      if (delay !== undefined) return durationMs(delay);
    }
  } catch {
    // Whatever it is, it names no time.
  }
  return undefined;
}

/** The last field of a message that has this number and is length-delimited. */
function fieldOf(message: Uint8Array, number: number): Uint8Array | undefined {
  const reader = protobuf.Reader.create(message);
  let found: Uint8Array | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((number << 3) | 2)) found = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return found;
}

function durationMs(duration: Uint8Array): number {
  const reader = protobuf.Reader.create(duration);
  let ms = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) ms += Number(reader.int64()) * 1000;
    else if (tag === 16) ms += reader.int32() / 1e6;
    else reader.skipType(tag & 7);
  }
  return Math.max(0, ms);
}
