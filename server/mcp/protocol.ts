/**
 * The messages of the Model Context Protocol that a server without sessions answers: JSON-RPC 2.0 over streamable HTTP.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */

/** The newest first; that is what a client which asks for any other is answered. */
export const VERSIONS = ['2025-11-25', '2025-06-18'] as const;

/** What a request without the header speaks, by the specification. A single message reads the same in it. */
const VERSION_WITHOUT_HEADER = '2025-03-26';

export function isKnownVersion(header: string | undefined): boolean {
  return [...VERSIONS, VERSION_WITHOUT_HEADER, undefined].includes(header);
}

/** https://www.jsonrpc.org/specification#error_object */
export const ERRORS = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Of the Model Context Protocol. */
  resourceNotFound: -32002,
} as const;

export class RpcError extends Error {
  override readonly name = 'RpcError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export type RpcId = string | number;

export interface RpcRequest {
  readonly id: RpcId;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** `undefined` for a notification or an answer, which nothing is sent back for. Throws `RpcError` for what is none of them. */
export function requestOf(message: unknown): RpcRequest | undefined {
  if (Array.isArray(message))
    throw new RpcError(ERRORS.invalidRequest, 'a request holds one message: batches are not taken');
  if (!isRecord(message) || message.jsonrpc !== '2.0')
    throw new RpcError(ERRORS.invalidRequest, 'this is no message of JSON-RPC 2.0');
  const { id, method, params = {} } = message;
  if (method === undefined && ('result' in message || 'error' in message)) return undefined;
  if (typeof method !== 'string') throw new RpcError(ERRORS.invalidRequest, 'the message has no method');
  if (!isRecord(params)) throw new RpcError(ERRORS.invalidRequest, 'params must be an object');
  if (id === undefined) return undefined;
  if (typeof id !== 'string' && !Number.isInteger(id))
    throw new RpcError(ERRORS.invalidRequest, 'an id is a text or a whole number');
  return { id: id as RpcId, method, params };
}

export function resultMessage(id: RpcId, result: unknown): unknown {
  return { jsonrpc: '2.0', id, result };
}

/** `id` is null where the request could not be read that far. */
export function errorMessage(id: RpcId | null, { code, message }: RpcError): unknown {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

/** `token` is the one that the request came with. */
export function progressMessage(token: RpcId, progress: number, message: string): unknown {
  return {
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken: token, progress, total: 1, message },
  };
}

/** What progress is reported under; undefined where the client does not ask for any. */
export function progressToken({ params }: RpcRequest): RpcId | undefined {
  const meta = params._meta;
  const token = isRecord(meta) ? meta.progressToken : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
