import { LogRefusal, type RefusalReason } from '../../engine/live/log/log.js';
import { INVALID_SPAN_TEXT, refusedCount, type SpanBatch } from '../../engine/live/otlp/batch.js';
import { protobufOfGroups } from '../../engine/live/otlp/write-protobuf.js';
import { MalformedOtlp } from '../../engine/otlp/malformed.js';
import { readOtlpJson } from '../../engine/otlp/read-json.js';
import type { RefusedSpan } from '../../engine/otlp/request.js';
import type { Principal } from '../auth/principal.js';
import type { TokenStore } from '../auth/tokens.js';
import { isTenantId } from '../shared/tenant-id.js';
import type { PartialSuccess } from './messages.js';

/** Where requests go. */
export interface SpanSink {
  /**
   * Resolves once the spans survive a crash. Rejects with `MalformedOtlp` or `LogRefusal`. `unread` are spans of the request that are
   * not in its protobuf form.
   */
  accept(tenant: string, body: Uint8Array, unread?: readonly RefusedSpan[]): Promise<SpanBatch>;
}

export interface ReceiverOptions {
  readonly sink: SpanSink;
  readonly tokens: TokenStore;
  readonly multitenancyEnabled: boolean;
  /** The tenant of all requests without multitenancy. */
  readonly tenant: string;
  /** Bytes of one request, unpacked. */
  readonly maxRequest: number;
  readonly observe: (transport: Transport, outcome: ReceiveOutcome['kind'], seconds: number) => void;
  readonly onError: (error: unknown) => void;
}

export type Transport = 'grpc' | 'http';

/** What became of a request. */
export type ReceiveOutcome =
  | { readonly kind: 'accepted'; readonly partial?: PartialSuccess }
  | { readonly kind: 'malformed' | 'unauthenticated' | 'forbidden' | 'failed'; readonly message: string }
  /** To be sent again, after that many seconds: `overloaded` for want of room, `unavailable` for want of a disk. */
  | {
      readonly kind: 'overloaded' | 'unavailable';
      readonly message: string;
      readonly retryAfterSeconds: number;
    };

/** Who sends, by the headers or metadata of a request. */
export interface Sender {
  readonly transport: Transport;
  /** Values of `X-Scope-OrgID`. */
  readonly tenants: readonly string[];
  readonly authorization: string | undefined;
}

export interface ReceivedRequest {
  readonly transport: Transport;
  readonly tenant: string;
  readonly form: 'protobuf' | 'json';
  readonly body: Uint8Array;
}

/** Why a request is not taken. */
export type Refused = Exclude<ReceiveOutcome, { kind: 'accepted' }>;

const RETRY: Readonly<
  Record<RefusalReason, { readonly kind: 'overloaded' | 'unavailable'; readonly seconds: number }>
> = {
  busy: { kind: 'overloaded', seconds: 1 },
  full: { kind: 'overloaded', seconds: 5 },
  disk: { kind: 'unavailable', seconds: 5 },
  closed: { kind: 'unavailable', seconds: 1 },
};

/** The tenant that the sender may send for, or why not. To be asked before a body is read: not everybody may fill the memory. */
export function admit(options: ReceiverOptions, sender: Sender): string | Refused {
  const admitted = tenantOf(options, sender);
  if (typeof admitted !== 'string') options.observe(sender.transport, admitted.kind, 0);
  return admitted;
}

/** Takes a request of a sender that was admitted; never rejects. */
export async function receive(options: ReceiverOptions, request: ReceivedRequest): Promise<ReceiveOutcome> {
  const begun = performance.now();
  const outcome = await outcomeOf(options, request);
  options.observe(request.transport, outcome.kind, (performance.now() - begun) / 1000);
  return outcome;
}

async function outcomeOf(options: ReceiverOptions, request: ReceivedRequest): Promise<ReceiveOutcome> {
  try {
    const { body, unread } = protobufOf(request);
    const { refused } = await options.sink.accept(request.tenant, body, unread);
    const rejectedSpans = refusedCount(refused) + unread.length;
    if (rejectedSpans === 0) return { kind: 'accepted' };
    const counts = [...refused.invalid].map(([reason, count]) => `${count} x ${INVALID_SPAN_TEXT[reason]}`);
    const message = [...counts, ...messagesOf(unread)].join('; ');
    return { kind: 'accepted', partial: { rejectedSpans, message } };
  } catch (error) {
    if (error instanceof MalformedOtlp) return { kind: 'malformed', message: error.message };
    if (error instanceof LogRefusal) {
      const { kind, seconds } = RETRY[error.reason];
      return { kind, message: error.message, retryAfterSeconds: seconds };
    }
    options.onError(error);
    return { kind: 'failed', message: 'internal error' };
  }
}

interface Protobuf {
  readonly body: Uint8Array;
  readonly unread: readonly RefusedSpan[];
}

function protobufOf({ form, body }: ReceivedRequest): Protobuf {
  if (form === 'protobuf') return { body, unread: [] };
  const { groups, refused } = readOtlpJson(textOf(body));
  return { body: protobufOfGroups(groups), unread: refused };
}

const MOST_TOLD = 5;

/** The first of them, and how many there are more. */
function messagesOf(unread: readonly RefusedSpan[]): readonly string[] {
  const shown = unread.slice(0, MOST_TOLD).map(({ message }) => message);
  const more = unread.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more that cannot be read`];
}

function tenantOf(options: ReceiverOptions, sender: Sender): string | Refused {
  const principal = principalOf(options.tokens, sender.authorization);
  if (principal === undefined) return { kind: 'unauthenticated', message: 'a valid bearer token is needed' };
  const tenant = options.multitenancyEnabled ? tenantNamed(sender.tenants) : options.tenant;
  if (typeof tenant !== 'string') return tenant;
  if (!principal.mayReach(tenant))
    return { kind: 'forbidden', message: `this token does not open the tenant "${tenant}"` };
  return tenant;
}

function tenantNamed(tenants: readonly string[]): string | Refused {
  const [tenant = '', ...others] = tenants.map((tenant) => tenant.trim());
  if (tenant === '') return { kind: 'unauthenticated', message: 'no org id' };
  if (others.length > 0) return { kind: 'malformed', message: 'X-Scope-OrgID must be given once' };
  if (isTenantId(tenant)) return tenant;
  return {
    kind: 'malformed',
    message: "X-Scope-OrgID is no tenant id: at most 150 of letters, digits and !-_.*'(), and not . or ..",
  };
}

const ANYBODY: Principal = { mayReach: () => true, everything: true };

function principalOf(tokens: TokenStore, authorization: string | undefined): Principal | undefined {
  if (tokens.size === 0) return ANYBODY;
  const [, secret] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  return secret === undefined ? undefined : tokens.find(secret);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (error) {
    throw new MalformedOtlp('the request is not UTF-8', { cause: error });
  }
}
