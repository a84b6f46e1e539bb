/** A request as it came, with its body. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Asked {
  readonly method: string;
  /** With scheme and host. */
  readonly url: URL;
  /** The path and the query as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function askedOf(request: IncomingMessage, scheme: string): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = 'GET', url: target = '/', headers } = request;
  return {
    method,
    target,
    headers,
    url: new URL(`${scheme}://${headers.host}${target}`),
    body: Buffer.concat(chunks).toString(),
  };
}

export function json(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

export function xml(text: string, status = 200): Answer {
  return { status, body: `<?xml version="1.0"?>${text}`, headers: { 'content-type': 'application/xml' } };
}

export function refused(what: string): Answer {
  return { status: 401, body: JSON.stringify({ error: 'refused', error_description: what }) };
}

export function headerOf({ headers }: Asked, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
