import { createHash, sign, verify } from 'node:crypto';
import { canonicalJson, type Json } from './canonical.js';
import type { SigningKey, VerifyingKey } from './keys.js';
import type { EvidenceRecord } from './record.js';

/**
 * A link of the chain of one tenant. `hash` is over tenant, number, hash of the link before, key and hash of the content, so that
 * a link whose content is left out still holds the chain together. The signature is over the same text.
 */
export interface Link {
  readonly tenant: string;
  /** From 1. */
  readonly seq: number;
  /** `hash` of the link before; null for the first. */
  readonly previous: string | null;
  readonly record?: EvidenceRecord;
  /** SHA-256 of the record where it was left out. */
  readonly omitted?: string;
  /** 64 hex digits. */
  readonly hash: string;
  /** Id of the public key. */
  readonly key: string;
  /** Ed25519, base64. */
  readonly signature: string;
}

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** The link that follows `head`, or the first. */
export function nextLink(head: Head | undefined, record: EvidenceRecord, key: SigningKey): Link {
  const { tenant } = record;
  const place = { tenant, seq: (head?.seq ?? 0) + 1, previous: head?.hash ?? null, key: key.id };
  const text = signedText(place, contentHash(record));
  return {
    ...place,
    record,
    hash: sha256(text),
    signature: sign(null, Buffer.from(text), key.key).toString('base64'),
  };
}

/** What a link says without its record, still bound to it. */
export function withoutRecord({ record, ...link }: Link): Link {
  return record === undefined ? link : { ...link, omitted: contentHash(record) };
}

export function hashOf(link: Link): string {
  return sha256(textOf(link));
}

export function isSigned(link: Link, { key }: VerifyingKey): boolean {
  const signature = Buffer.from(link.signature, 'base64');
  // Several texts stand for the same bytes; only the one that was written counts.
  if (signature.toString('base64') !== link.signature) return false;
  return verify(null, Buffer.from(textOf(link)), key, signature);
}

/** A link as a line of a file, without the line's end. */
export function linkText(link: Link): string {
  return canonicalJson(json(link));
}

function textOf(link: Link): string {
  return signedText(link, link.record === undefined ? (link.omitted ?? '') : contentHash(link.record));
}

function signedText(
  { tenant, seq, previous, key }: Pick<Link, 'tenant' | 'seq' | 'previous' | 'key'>,
  content: string,
): string {
  // The first word keeps a signature from being one of anything else.
  return canonicalJson(['betrace evidence 1', { tenant, seq, previous, key, content }]);
}

function contentHash(record: EvidenceRecord): string {
  return sha256(canonicalJson(json(record)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Interfaces have no index signature, though every member of these is JSON. */
function json(value: Link | EvidenceRecord): Json {
  return { ...value } as unknown as Json;
}
