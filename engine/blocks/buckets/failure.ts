/** What the clients of object stores throw, by kind. */
import { messageOf } from '../../shared/message-of.js';
import { ObjectFailure, type ObjectFailureKind } from './object-store.js';

/** What is known of an answer that was not what was asked for. */
export interface Answer {
  readonly status: number;
  /** The store's own word: `NoSuchKey`, `ContainerNotFound`. */
  readonly code?: string;
  readonly message?: string;
  readonly retryAfter?: string | null;
}

const NO_BUCKET = new Set([
  'NoSuchBucket',
  'ContainerNotFound',
  'ContainerBeingDeleted',
  'InvalidBucketName',
]);
/** Whoever asks may wait: it is not denied, it comes too fast. */
const SLOW = new Set(['SlowDown', 'ServerBusy', 'RequestTimeout', 'Throttling', 'OperationTimedOut']);

/** The store does not know who asks, or no more: it is not a matter of rights. */
const EXPIRED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthenticationFailed',
]);

/** Of an answer with an error status. */
export function failureOfAnswer(
  { status, code, message, retryAfter }: Answer,
  cause?: unknown,
): ObjectFailure {
  const what = [`HTTP ${status}`, code ?? firstWords(message)].filter(
    (part) => part !== undefined && part !== '',
  );
  return new ObjectFailure(
    kindOfAnswer(status, code, message),
    what.join(' '),
    waitOf(retryAfter),
    cause === undefined ? undefined : { cause },
  );
}

function kindOfAnswer(status: number, code?: string, message?: string): ObjectFailureKind {
  if (code !== undefined && SLOW.has(code)) return 'busy';
  if (code !== undefined && NO_BUCKET.has(code)) return 'no-bucket';
  if (status === 401 || (code !== undefined && EXPIRED.has(code))) return 'expired';
  if (status === 404)
    return /bucket does not exist|bucket.* not found/i.test(message ?? '') ? 'no-bucket' : 'missing';
  if (status === 403) return 'denied';
  if (status === 416) return 'range';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'busy';
  return 'refused';
}

/** Node's and undici's words for a network that failed. */
const NETWORK =
  /^(?:E(?:CONN(?:RESET|REFUSED|ABORTED)|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|NETDOWN)|UND_ERR_.*|ERR_STREAM_PREMATURE_CLOSE|ERR_SSL_.*|TimeoutError|RequestTimeout|REQUEST_SEND_ERROR|NetworkingError)$/;

/** Of anything else that was thrown while a request was made: a network that failed, or what no retry cures. */
export function failureOfError(error: unknown): ObjectFailure {
  if (error instanceof ObjectFailure) return error;
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
    if (NETWORK.test(code)) return new ObjectFailure('busy', networkText(code), undefined, { cause: error });
    if (/^(?:CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code))
      return new ObjectFailure('refused', `its certificate is not trusted (${code})`, undefined, {
        cause: error,
      });
  }
  const text = messageOf(error);
  const cut = /aborted|socket hang up|terminated|premature|network|fetch failed/i.test(text);
  return new ObjectFailure(cut ? 'busy' : 'refused', firstWords(text) ?? 'it failed', undefined, {
    cause: error,
  });
}

function networkText(code: string): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `its host name is not known here (${code})`;
    case 'ECONNREFUSED':
      return `nothing listens there (${code})`;
    case 'ETIMEDOUT':
    case 'TimeoutError':
    case 'RequestTimeout':
      return `it did not answer in time (${code})`;
    default:
      return `the connection failed (${code})`;
  }
}

/** `Retry-After` in seconds or as a date, within a bound. */
function waitOf(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || text === '') return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 30_000) : undefined;
}

/** Messages of stores are long, and may quote what was sent. */
function firstWords(text: string | undefined): string | undefined {
  const line = text?.split('\n', 1)[0]?.trim();
  return line === undefined || line.length <= 120 ? line : `${line.slice(0, 120)}…`;
}
