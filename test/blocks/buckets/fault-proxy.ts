/** Sits between a client and an object store, and does what networks do: some answers come late, cut off, wrong, or not at all. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

export type Fault = 'unavailable' | 'reset' | 'cut' | 'longer' | 'late' | 'none';

export interface FaultProxy {
  readonly port: number;
  /** How often each was done. */
  readonly done: ReadonlyMap<Fault, number>;
  close(): Promise<void>;
}

export interface FaultOptions {
  /** Of the store, on 127.0.0.1. */
  readonly port: number;
  /** Milliseconds that every answer comes later. */
  readonly delayMs?: number;
  /** What is done to the n-th request, from 0. */
  readonly fault?: (request: number, path: string) => Fault;
}

export async function faultProxy({
  port,
  delayMs = 0,
  fault = () => 'none',
}: FaultOptions): Promise<FaultProxy> {
  const done = new Map<Fault, number>();
  let count = 0;
  const server = createServer((asked, answer) => {
    const kind = fault(count++, asked.url ?? '');
    done.set(kind, (done.get(kind) ?? 0) + 1);
    const wait = delayMs + (kind === 'late' ? 1_500 : 0);
    if (kind === 'reset') asked.socket.destroy();
    else if (kind === 'unavailable') answer.writeHead(503, { 'retry-after': '0' }).end('slow down');
    else setTimeout(() => pass(asked, answer, port, kind), wait);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    done,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pass(asked: IncomingMessage, answer: ServerResponse, port: number, kind: Fault): void {
  if (asked.socket.destroyed) return;
  const { method, url, headers } = asked;
  const path = url ?? '/';
  // As it is: signatures are made over the headers.
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (back) => {
    const chunks: Buffer[] = [];
    back.on('data', (chunk: Buffer) => chunks.push(chunk));
    back.on('end', () => {
      const body = Buffer.concat(chunks);
      const status = back.statusCode ?? 500;
      // A whole object has no other length than its answer says.
      if (kind === 'longer' && status === 206) {
        const longer = Buffer.concat([body, Buffer.from('more')]);
        const { 'transfer-encoding': _, ...rest } = back.headers;
        answer.writeHead(status, { ...rest, 'content-length': longer.length }).end(longer);
        return;
      }
      answer.writeHead(status, back.headers);
      if (kind !== 'cut' || body.length < 2) answer.end(body);
      else answer.write(body.subarray(0, body.length / 2), () => answer.destroy());
    });
  });
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
}
