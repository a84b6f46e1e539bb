/** Requests that no exporter would send, as a seed says. */
import { deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../live/simulation/random.js';

/** The bytes with some of them changed, cut out, doubled, or in the place of lengths. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const position = random.below(result.length + 1);
    const [before, after] = [result.subarray(0, position), result.subarray(position)];
    switch (random.below(6)) {
      case 0:
        if (position < result.length) result[position] = random.below(256);
        break;
      case 1:
        result = Buffer.from(before);
        break;
      case 2:
        result = Buffer.concat([before, after.subarray(random.below(9))]);
        break;
      case 3:
        result = Buffer.concat([before, noise(random, 1 + random.below(20)), after]);
        break;
      case 4:
        result = Buffer.concat([before, after.subarray(0, random.below(200)), after]);
        break;
      default:
        // A length of up to 2^63.
        result = Buffer.concat([before, HUGE[random.below(HUGE.length)]!, after.subarray(1)]);
    }
  }
  return result;
}

const HUGE = ['ffffffff0f', 'ffffffffffffffff7f', 'ffffff7f', '808080808010', 'ffffffffffffffffffff01'].map(
  (hex) => Buffer.from(hex, 'hex'),
);

export function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const METHODS = ['POST', 'POST', 'POST', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
const PATHS = [
  '/v1/traces',
  '/v1/traces',
  '/v1/traces',
  '/v1/traces',
  '/',
  '/v1/traces?x=%00',
  '//v1/traces',
  '/v1/logs',
];
const TYPES = [
  'application/x-protobuf',
  'application/x-protobuf',
  'application/x-protobuf',
  'application/json',
  'application/json; charset=utf-8',
  'text/html',
  '',
  'application/x-protobuf;;;',
];
const ENCODINGS = ['', '', '', '', 'gzip', 'gzip', 'deflate', 'br', 'gzip, gzip', 'GZIP'];
/** What unpacks to a thousand times its size, beyond what a request may have. */
const GZIP_BOMB = gzipSync(Buffer.alloc(64 * 2 ** 20));
const DEFLATE_BOMB = deflateSync(Buffer.alloc(64 * 2 ** 20));

/** A request made from a sound one in both forms; a few are sound. */
export function hostileRequest(protobuf: Uint8Array, json: string, random: Random): HostileRequest {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const [type, encoding] = [pick(TYPES), pick(ENCODINGS)];
  const sound = type.startsWith('application/json') ? Buffer.from(json) : Buffer.from(protobuf);
  const plain = random.chance(0.1) ? sound : mutated(sound, random);
  const bomb = random.chance(0.1);
  const gzip = encoding.toLowerCase() === 'gzip';
  const packed = gzip
    ? bomb
      ? GZIP_BOMB
      : gzipSync(plain)
    : encoding === 'deflate'
      ? bomb
        ? DEFLATE_BOMB
        : deflateSync(plain)
      : plain;
  const whole = random.chance(0.1) ? mutated(packed, random) : packed;
  const body = random.chance(0.05) ? noise(random, random.below(200)) : whole;
  return {
    method: pick(METHODS),
    path: pick(PATHS),
    headers: { 'content-type': type, ...(encoding === '' ? {} : { 'content-encoding': encoding }) },
    body,
  };
}
