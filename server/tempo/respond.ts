import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { messageText } from './proto/json.js';
import type { Message } from './proto/message.js';
import { encodeMessage } from './proto/write.js';

const compress = promisify(gzip);

export const PROTOBUF = 'application/protobuf';

/** Tempo looks for the name of the type anywhere in the header, without qualities; so does this. */
export function wantsProtobuf(request: Request): boolean {
  return (request.get('accept') ?? '').includes(PROTOBUF);
}

/** Sends `value` as protobuf to whoever asks for it, and as JSON to everybody else. */
export async function sendMessage<T>(
  request: Request,
  response: Response,
  type: Message<T>,
  value: T,
): Promise<void> {
  if (wantsProtobuf(request))
    await send(request, response, PROTOBUF, Buffer.from(encodeMessage(type, value)));
  else await send(request, response, 'application/json', Buffer.from(messageText(type, value)));
}

/** Below this, compression costs more than it saves. */
const WORTH_COMPRESSING = 1_024;

export async function send(request: Request, response: Response, type: string, body: Buffer): Promise<void> {
  response.type(type).vary('Accept').vary('Accept-Encoding');
  const compressed = body.length >= WORTH_COMPRESSING && request.acceptsEncodings('gzip') === 'gzip';
  if (compressed) response.set('Content-Encoding', 'gzip');
  const content = compressed ? await compress(body) : body;
  // A client that went away meanwhile has closed what would be written to.
  if (!response.destroyed) response.send(content);
}
