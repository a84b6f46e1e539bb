import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { goesBy, UNKNOWN_HOST } from '../http/host.js';
import { answerHeaders, FOREIGN_ORIGIN, originOf, PREFLIGHT_HEADERS } from '../http/origin.js';
import { secureServer } from '../http/secure-server.js';
import { pathOf, refuseTunnels } from '../http/target.js';
import type { OtlpAddress, OtlpListening } from './grpc.js';
import { BodyRoom, readBody } from './http-body.js';
import { exportResponse, exportResponseJson, rpcStatus } from './messages.js';
import {
  admit,
  type ReceivedRequest,
  type ReceiveOutcome,
  type ReceiverOptions,
  receive,
} from './receiver.js';

type Form = ReceivedRequest['form'];

const PATH = '/v1/traces';
/** Longer than clients and load balancers keep a connection that nobody uses, which would else be cut off under their next request. */
const KEEP_ALIVE_MS = 75_000;
/** Clients that may wait to be taken: after a restart all come at once. The system has a bound of its own, too. */
const BACKLOG = 4096;
const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Rejects where the address is taken or not this machine's. */
export async function listenHttp(
  { address, port, tls, allowedHosts = [], corsOrigins = [] }: OtlpAddress,
  options: ReceiverOptions,
): Promise<OtlpListening> {
  const asked: Asked = {
    options,
    room: new BodyRoom(options.maxRequest),
    isOurs: goesBy({ address, allowedHosts }),
    corsOrigins,
  };
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response, asked).catch((error: unknown) => {
      // The sender is gone; there is nobody to tell.
      if (!request.destroyed) options.onError(error);
      if (request.destroyed || response.headersSent) response.destroy();
      else refuser(request, response)(500, 'internal error');
    });
  };
  const server = tls === undefined ? createServer(handler) : secureServer(tls, handler);
  refuseTunnels(server);
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen({ port, host: address, backlog: BACKLOG });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async (timeoutMs) => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** What the specification of OTLP/HTTP says of each outcome, https://opentelemetry.io/docs/specs/otlp/#otlphttp-response. */
const STATUS: Readonly<Record<ReceiveOutcome['kind'], number>> = {
  accepted: 200,
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  overloaded: 429,
  unavailable: 503,
  failed: 500,
};
/** `google.rpc.Code`. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 429: 8, 503: 14, 500: 13 };
const UNKNOWN = 2;

interface Asked {
  readonly options: ReceiverOptions;
  readonly room: BodyRoom;
  readonly isOurs: (host: string | undefined) => boolean;
  readonly corsOrigins: readonly string[];
}

type Refuse = (status: number, message: string) => void;

function refuser(request: IncomingMessage, response: ServerResponse): Refuse {
  return (status, message) => {
    // What is left of the body is not waited for.
    response.setHeader('Connection', 'close');
    fail(response, formOf(request) ?? 'json', status, message);
    request.resume();
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { options, room, isOurs, corsOrigins }: Asked,
): Promise<void> {
  const refuse = refuser(request, response);
  if (!isOurs(request.headers.host))
    return refuse(421, `this port does not go by this host name: see otlp.allowed_hosts (${UNKNOWN_HOST})`);
  const origin = originOf(request, corsOrigins);
  if (origin.kind === 'foreign')
    return refuse(403, `this origin is not among otlp.cors_origins (${FOREIGN_ORIGIN})`);
  if (origin.kind === 'named') {
    for (const [name, value] of Object.entries(answerHeaders(origin))) response.setHeader(name, value);
    if (request.method === 'OPTIONS') return void response.writeHead(204, PREFLIGHT_HEADERS).end();
  }
  const path = pathOf(request.url ?? '');
  if (path === undefined) return refuse(400, 'the target of the request cannot be read');
  if (path !== PATH) return refuse(404, `spans are received at ${PATH}`);
  if (request.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    return refuse(405, 'only POST is answered');
  }
  const form = formOf(request);
  if (form === undefined)
    return refuse(415, 'the content type must be application/x-protobuf or application/json');
  const tenant = admit(options, {
    transport: 'http',
    tenants: headerValues(request, 'x-scope-orgid'),
    authorization: request.headers.authorization,
  });
  if (typeof tenant !== 'string') return refuse(STATUS[tenant.kind], tenant.message);
  const body = await readBody(request, room);
  if ('status' in body) {
    if (body.status === 429) response.setHeader('Retry-After', 1);
    return refuse(body.status, body.message);
  }
  const outcome = await receive(options, { transport: 'http', tenant, form, body: body.bytes });
  room.leave(body.bytes.length);
  if ('retryAfterSeconds' in outcome) response.setHeader('Retry-After', outcome.retryAfterSeconds);
  if (outcome.kind !== 'accepted') return fail(response, form, STATUS[outcome.kind], outcome.message);
  const { partial } = outcome;
  send(response, form, 200, form === 'json' ? exportResponseJson(partial) : exportResponse(partial));
}

function fail(response: ServerResponse, form: Form, status: number, message: string): void {
  const code = CODES[status] ?? UNKNOWN;
  send(
    response,
    form,
    status,
    form === 'json' ? JSON.stringify({ code, message }) : rpcStatus(code, message),
  );
}

function send(response: ServerResponse, form: Form, status: number, body: string | Uint8Array): void {
  response.writeHead(status, {
    'Content-Type': CONTENT_TYPES[form],
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

function formOf({ headers }: IncomingMessage): Form | undefined {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

/** Node joins repeated headers; counting them apart says what is wrong. */
function headerValues({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_, n) => n % 2 === 1 && rawHeaders[n - 1]!.toLowerCase() === name);
}
