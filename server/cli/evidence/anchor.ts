/** Sends the head of a chain as a span, so that it lies where whoever has the key to the chain cannot change it. */
import { createHash } from 'node:crypto';
import type { EvidenceExport } from '../../../engine/evidence/export.js';
import { exportRequest, writeSpan } from '../../../engine/live/violation/write-span.js';
import { EVIDENCE_SPAN } from '../../../engine/otlp/own-spans.js';
import { grpcSender } from '../../export/grpc.js';
import { httpSender } from '../../export/http.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { version } from '../../shared/version.js';

const NS_PER_MS = 1_000_000n;

/** Says what became of it; false where it was not taken, and where there is no head. */
export async function anchorHead(
  { tenant, days, links }: EvidenceExport,
  endpoint: URL,
  terminal: Terminal,
): Promise<boolean> {
  const head = links.at(-1);
  if (head === undefined) return false;
  const now = BigInt(Date.now()) * NS_PER_MS;
  // Of the head alone: the same head has the same ids, however often it is sent.
  const ids = createHash('sha256').update(`evidence head ${tenant} ${head.hash}`).digest('hex');
  const span = writeSpan({
    traceId: ids.slice(0, 32),
    spanId: ids.slice(32, 48),
    name: EVIDENCE_SPAN,
    start: now,
    end: now,
    attributes: [
      ['betrace.evidence.head', head.hash],
      ['betrace.evidence.seq', BigInt(head.seq)],
      ['betrace.evidence.key', head.key],
      ['betrace.evidence.signature', head.signature],
      ['betrace.evidence.tenant', tenant],
      ['betrace.evidence.first_day', days.first],
      ['betrace.evidence.last_day', days.last],
    ],
    links: [],
  });
  const options = { endpoint: endpoint.href, headers: {}, tenantHeader: true, timeoutMs: 10_000 };
  const sender = endpoint.pathname === '/' ? grpcSender(options) : httpSender(options);
  const outcome = await sender.send(tenant, exportRequest([span], await version()));
  sender.close();
  const where = printable(endpoint.host);
  if (outcome.kind === 'sent' && outcome.rejected === 0) {
    terminal.err(`betrace evidence: head ${head.hash} of link ${head.seq} sent to ${where}\n`);
    return true;
  }
  const why = outcome.kind === 'sent' ? (outcome.message ?? 'it was refused') : outcome.message;
  terminal.err(`betrace evidence: the head was not taken by ${where}: ${printable(why)}\n`);
  return false;
}
