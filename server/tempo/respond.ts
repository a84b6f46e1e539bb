import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { HttpError } from '../http/http-error.js';
import { messageText } from './proto/json.js';
import type { Message } from './proto/message.js';
import { encodeMessage } from './proto/write.js';

const compress = promisify(gzip);

const PROTOBUF = 'application/protobuf';

/** Tempo looks for the name of the type anywhere in the header, without qualities; so does this. */
export function wantsProtobuf(request: Request): boolean {
  return (request.get('accept') ?? '').includes(PROTOBUF);
}

/**
 * Sends `value` as protobuf to whoever asks for it, and as JSON to everybody else. Rejects with 422 where that is more than `maxBytes`, or more
 * than a text can hold.
 */
export async function sendMessage<T>(
  request: Request,
  response: Response,
  type: Message<T>,
  value: T,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<void> {
  const protobuf = wantsProtobuf(request);
  const body = protobuf ? Buffer.from(encodeMessage(type, value)) : jsonBody(type, value);
  if (body.length > maxBytes)
    throw new HttpError(422, `trace exceeds max size (max bytes: ${maxBytes}, it has ${body.length})`);
  await send(request, response, protobuf ? PROTOBUF : 'application/json', body);
}

function jsonBody<T>(type: Message<T>, value: T): Buffer {
  try {
    return Buffer.from(messageText(type, value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(422, 'the answer is too large: ask for fewer traces or spans', { cause: error });
  }
}

/** Below this, compression costs more than it saves. */
const WORTH_COMPRESSING = 1_024;

async function send(request: Request, response: Response, type: string, body: Buffer): Promise<void> {
  response.type(type).vary('Accept').vary('Accept-Encoding');
  const compressed = body.length >= WORTH_COMPRESSING && request.acceptsEncodings('gzip') === 'gzip';
  if (compressed) response.set('Content-Encoding', 'gzip');
  const content = compressed ? await compress(body) : body;
  // A client that went away meanwhile has closed what would be written to.
  if (!response.destroyed) response.send(content);
}
