/**
 * Clouds on loopback. What a process may be pointed to is asked by HTTP; what only has a name in the world is reached through a proxy, whose
 * connections all end here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { selfSigned } from '../../support/certificate.js';
import { type Answer, type Asked, askedOf } from './asked.js';
import { AUTHORITIES, type Shown } from './authorities.js';
import { Issuer } from './issuer.js';
import { azureAnswer, gcsAnswer, type Objects, s3Answer } from './stores.js';

export interface Clouds {
  readonly issuer: Issuer;
  /** Of everything that is asked by HTTP, without a path. */
  readonly url: string;
  /** For `HTTPS_PROXY`. */
  readonly proxy: string;
  /** The same by HTTPS. */
  readonly secureUrl: string;
  /** PEM of the certificate of all names. */
  readonly certificate: string;
  /** So many requests have come to stores. */
  readonly asked: number;
  /** What was asked, and answered: `GET host/path 200`. */
  readonly log: string[];
  close(): Promise<void>;
}

export const ACCOUNT = 'anaccount';
const NAMES = [
  'oauth2.googleapis.com',
  'sts.googleapis.com',
  'iamcredentials.googleapis.com',
  'login.microsoftonline.com',
  `${ACCOUNT}.blob.core.windows.net`,
];

/** `delayMs`: that an answer of a store takes. */
export async function startClouds(objects: Objects, shown: Shown, delayMs: () => number): Promise<Clouds> {
  const issuer = new Issuer();
  const log: string[] = [];
  const { cert, key } = selfSigned(NAMES);
  let requests = 0;
  const answerTo = async (asked: Asked): Promise<Answer> => {
    const { host, pathname } = asked.url;
    const store = host.endsWith('.blob.core.windows.net')
      ? azureAnswer
      : pathname.startsWith('/storage/v1/')
        ? gcsAnswer
        : pathname.startsWith('/traces')
          ? s3Answer
          : undefined;
    if (store !== undefined) {
      requests++;
      const answer = store(asked, objects, issuer);
      await new Promise((resolve) => void setTimeout(resolve, delayMs()).unref());
      return answer;
    }
    for (const authority of AUTHORITIES) {
      const answer = authority(asked, issuer, shown);
      if (answer !== undefined) return answer;
    }
    return { status: 404, body: 'nothing is there' };
  };
  const respond = (scheme: string) => async (request: IncomingMessage, response: ServerResponse) => {
    const asked = await askedOf(request, scheme);
    const { status, body = '', headers } = await answerTo(asked);
    log.push(`${asked.method} ${asked.url.host}${asked.url.pathname} ${status}`);
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), etag: '"a"', ...headers });
    response.end(asked.method === 'HEAD' ? undefined : body);
  };
  const plain = createServer((request, response) => void respond('http')(request, response));
  const tls = createTlsServer({ cert, key }, (request, response) => void respond('https')(request, response));
  const sockets = new Set<Socket>();
  const [port, tlsPort] = [await listening(plain), await listening(tls)];
  plain.on('connect', (_request: IncomingMessage, client: Socket) => {
    const onward = connect(tlsPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => void socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  return {
    issuer,
    log,
    certificate: cert,
    get asked() {
      return requests;
    },
    url: `http://127.0.0.1:${port}`,
    secureUrl: `https://127.0.0.1:${tlsPort}`,
    proxy: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [plain, tls]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listening(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
