/** What HTTP lets clients ask that no router has an answer for. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The path in a target of either form (RFC 9112, 3.2): a path, or as proxies have it a whole URL. Undefined where it is neither. */
export function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.split('?', 1)[0];
  return URL.canParse(target) ? new URL(target).pathname : undefined;
}

/** Passes on requests whose target can be read; routers throw at others. */
export function readableOnly(handler: RequestListener): RequestListener {
  return (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    if (pathOf(request.url ?? '') !== undefined) return handler(request, response);
    response.writeHead(400, { 'Content-Type': 'text/plain', Connection: 'close' });
    response.end('the target of the request cannot be read');
  };
}

/** Nobody is led on to another server. Without an answer Node would only close the connection. */
export function refuseTunnels(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}
