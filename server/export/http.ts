import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gzipSync } from 'node:zlib';
import type { SendOutcome } from '../../engine/live/outbox/delivery.js';
import type { TlsMaterial } from '../shared/tls-material.js';
import { retryAfterHeaderMs, sentOutcome } from './answers.js';
import type { Sender, SenderOptions } from './sender.js';

/** An answer that is longer says nothing more. */
const MOST_ANSWER = 65_536;

export function httpSender({ endpoint, headers, tenantHeader, timeoutMs, tls }: SenderOptions): Sender {
  const url = new URL(endpoint);
  return {
    send: async (tenant, spans) => {
      const body = gzipSync(spans);
      return await post(
        url,
        {
          method: 'POST',
          timeout: timeoutMs,
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            ...headers,
            'content-type': 'application/x-protobuf',
            'content-encoding': 'gzip',
            'content-length': body.length,
            ...(tenantHeader ? { 'x-scope-orgid': tenant } : {}),
          },
        },
        body,
        tls?.current,
      );
    },
    close: () => undefined,
  };
}

async function post(
  url: URL,
  options: RequestOptions,
  body: Buffer,
  tls: TlsMaterial | undefined,
): Promise<SendOutcome> {
  return await new Promise<SendOutcome>((resolve) => {
    const fail = (error: Error): void => resolve({ kind: 'later', message: error.message });
    const secure = url.protocol === 'https:';
    const sending = secure ? httpsRequest(url, { ...options, ...tls }) : httpRequest(url, options);
    sending.on('error', fail);
    sending.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= MOST_ANSWER) chunks.push(chunk);
      });
      response.on('end', () =>
        resolve(outcomeOf(response.statusCode ?? 0, response.headers['retry-after'], Buffer.concat(chunks))),
      );
    });
    sending.end(body);
  });
}

/** As with gRPC, only what is wrong with the request itself is refused for good. */
function outcomeOf(status: number, retryAfter: string | undefined, answer: Buffer): SendOutcome {
  if (status >= 200 && status < 300) return sentOutcome(answer);
  const message = `the receiver answered ${status}`;
  if (status === 400 || status === 413) return { kind: 'refused', message };
  const afterMs = retryAfter === undefined ? undefined : retryAfterHeaderMs(retryAfter, Date.now());
  return { kind: 'later', message, ...(afterMs === undefined ? {} : { afterMs }) };
}
