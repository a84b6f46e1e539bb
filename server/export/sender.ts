import type { SendSpans } from '../../engine/live/outbox/delivery.js';
import type { FromFiles } from '../shared/from-files.js';
import type { TlsMaterial } from '../shared/tls-material.js';

export interface SenderOptions {
  /** `http://tempo:4317` for gRPC; for HTTP the URL that requests go to, with its path. */
  readonly endpoint: string;
  /** Sent with every request, such as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the tenant goes along as `X-Scope-OrgID`. */
  readonly tenantHeader: boolean;
  readonly timeoutMs: number;
  /** The authority of the receiver where it is no public one, and what is shown to it. */
  readonly tls?: FromFiles<TlsMaterial>;
}

export interface Sender {
  readonly send: SendSpans;
  close(): void;
}
