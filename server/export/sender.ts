import type { SendSpans } from '../../engine/live/outbox/delivery.js';

export interface SenderOptions {
  /** `http://tempo:4317` for gRPC; for HTTP the URL that requests go to, with its path. */
  readonly endpoint: string;
  /** Sent with every request, such as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the tenant goes along as `X-Scope-OrgID`. */
  readonly tenantHeader: boolean;
  readonly timeoutMs: number;
  /** PEM, where the receiver's certificate is not signed by a public authority. */
  readonly ca?: Buffer;
}

export interface Sender {
  readonly send: SendSpans;
  close(): void;
}
