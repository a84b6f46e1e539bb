/** `/api/mcp`: the Model Context Protocol over streamable HTTP, without sessions. */
import express, { type Request, type Response, type Router } from 'express';
import type { ServiceContext } from '../context/service-context.js';
import { answering, type Call } from '../http/call.js';
import { HttpError } from '../http/http-error.js';
import { pathRouter } from '../http/router.js';
import type { TempoContext } from '../tempo/context.js';
import {
  ERRORS,
  errorMessage,
  isKnownVersion,
  progressMessage,
  progressToken,
  RpcError,
  type RpcRequest,
  requestOf,
  resultMessage,
} from './protocol.js';
import { type McpServer, mcpServer } from './server.js';

export const MCP_PATH = '/api/mcp';

/** Shorter than the time after which proxies give a silent connection up. */
const KEEP_ALIVE_MS = 15_000;

/** To be mounted at `MCP_PATH`. Without `mcp.enabled` it has nothing, as a Tempo without its own. */
export function mcpRouter(context: ServiceContext, tempo: TempoContext): Router {
  const router = pathRouter();
  const { http, mcp } = context.config;
  if (!mcp.enabled) return router;
  const server = mcpServer(context, tempo);
  router.post(
    '/',
    express.json({ limit: http.maxBody, strict: true, type: 'application/json' }),
    // The bound of time is the tool's.
    answering(context.config, (call, request, response) => answerPost(server, call, request, response), {
      timeout: 0,
    }),
  );
  // How mcp-grafana finds out whether a data source has tools: 200 where it has.
  router.delete('/', (_request, response) => {
    response.status(200).end();
  });
  router.all('/', (request) => {
    throw new HttpError(405, `${request.method} is not answered: there are no messages to listen for`, {
      headers: { Allow: 'POST, DELETE' },
    });
  });
  return router;
}

async function answerPost(
  server: McpServer,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  if (!isKnownVersion(request.get('mcp-protocol-version')))
    throw new HttpError(400, 'this version of the protocol (MCP-Protocol-Version) is not known');
  const body: unknown = request.body;
  // Another type would also let a page of any origin send it without asking first (CORS).
  if (body === undefined) throw new HttpError(415, 'the body must be application/json', { code: 'BT5020' });
  const asked = readRequest(body);
  if (asked === undefined) response.status(202).end();
  else if (asked instanceof RpcError) response.status(400).json(errorMessage(null, asked));
  else await answer(server, asked, call, request, response);
}

function readRequest(body: unknown): RpcRequest | RpcError | undefined {
  try {
    return requestOf(body);
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
}

/** As one JSON message or, for whoever asks for progress, as events. */
async function answer(
  server: McpServer,
  asked: RpcRequest,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const token = progressToken(asked);
  const streams = token !== undefined && (request.get('accept') ?? '').includes('text/event-stream');
  const write = (text: string): void => {
    if (!response.destroyed) response.write(text);
  };
  const send = (message: unknown): void => write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  let beat: NodeJS.Timeout | undefined;
  if (streams) {
    response.type('text/event-stream').set('Cache-Control', 'no-store').flushHeaders();
    beat = setInterval(() => write(': alive\n\n'), KEEP_ALIVE_MS);
  }
  const progress = onlyForward((fraction, message) => {
    if (streams) send(progressMessage(token, fraction, message));
  });
  try {
    const message = await answered(server, asked, { call, request, response, progress });
    if (!streams) response.json(message);
    else {
      send(message);
      response.end();
    }
  } finally {
    clearInterval(beat);
  }
}

async function answered(
  server: McpServer,
  asked: RpcRequest,
  context: Parameters<McpServer['answer']>[1],
): Promise<unknown> {
  try {
    return resultMessage(asked.id, await server.answer(asked, context));
  } catch (error) {
    if (error instanceof RpcError) return errorMessage(asked.id, error);
    if (error instanceof HttpError) throw error;
    context.call.log.error({ err: error, method: asked.method }, 'a call by an agent failed unexpectedly');
    return errorMessage(
      asked.id,
      new RpcError(ERRORS.internal, 'an unexpected error happened; the log has it (BT5019)'),
    );
  }
}

/** Progress must increase with each message (specification, basic/utilities/progress). */
function onlyForward(report: (fraction: number, message: string) => void): typeof report {
  let last = -1;
  return (fraction, message) => {
    if (fraction <= last) return;
    last = fraction;
    report(fraction, message);
  };
}
