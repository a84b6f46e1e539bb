import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';

/** Bodies of all requests under way may take this, or so many of the longest where that is more. */
const ROOM_BYTES = 256 * 2 ** 20;
const LEAST_REQUESTS = 4;

/** Counts the bytes of bodies that are in memory: senders that never end a body must not fill it. */
export class BodyRoom {
  private taken = 0;

  /** `most`: bytes of one body, unpacked. */
  constructor(readonly most: number) {}

  /** False where there is no room for them. */
  enter(bytes: number): boolean {
    if (this.taken + bytes > Math.max(ROOM_BYTES, this.most * LEAST_REQUESTS)) return false;
    this.taken += bytes;
    return true;
  }

  leave(bytes: number): void {
    this.taken -= bytes;
  }
}

type Body = { readonly bytes: Buffer } | { readonly status: number; readonly message: string };

/**
 * Reads no more than one request may have, packed or not: a small body may unpack to any size. The bytes are counted in `room` until
 * whoever reads says that they have left; where they are not all read, none of them are. Rejects when the sender goes away.
 */
export async function readBody(request: IncomingMessage, room: BodyRoom): Promise<Body> {
  const unpacked = unpack(request);
  if (unpacked === undefined)
    return { status: 415, message: 'the content encoding must be gzip, deflate or identity' };
  const chunks: Buffer[] = [];
  let length = 0;
  return await new Promise<Body>((resolve, reject) => {
    // Not by iterating: leaving a loop over a request would close the connection before it is answered.
    unpacked.on('data', (chunk: Buffer) => {
      if (length + chunk.length > room.most) return giveUp(413, `a request may have ${room.most} bytes`);
      if (!room.enter(chunk.length)) return giveUp(429, 'too many requests are being received');
      length += chunk.length;
      chunks.push(chunk);
    });
    const leave = (): void => {
      room.leave(length);
      length = 0;
    };
    const giveUp = (status: number, message: string): void => {
      request.unpipe();
      unpacked.removeAllListeners('data');
      // Else the rest would be unpacked for nothing, which may be a thousand times what is sent.
      if (unpacked !== request) unpacked.destroy();
      leave();
      resolve({ status, message });
    };
    unpacked.once('end', () => resolve({ bytes: Buffer.concat(chunks, length) }));
    unpacked.once('error', (error) => {
      leave();
      const ofPacking = 'code' in error && String(error.code).startsWith('Z_');
      if (ofPacking) resolve({ status: 400, message: 'the body is not what its content encoding says' });
      else reject(error);
    });
  });
}

function unpack(request: IncomingMessage): Readable | undefined {
  switch ((request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()) {
    case 'identity':
      return request;
    case 'gzip':
      return piped(request, createGunzip());
    case 'deflate':
      return piped(request, createInflate());
    default:
      return undefined;
  }
}

function piped<T extends NodeJS.ReadWriteStream & Readable>(request: IncomingMessage, stream: T): T {
  request.once('error', (error) => stream.destroy(error));
  request.once('aborted', () => stream.destroy(new Error('the sender went away')));
  request.pipe(stream);
  return stream;
}
