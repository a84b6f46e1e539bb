/** A share as the text of a file, and back. It is no `ReplayJson`: nothing may take a part for the whole. */
import { createHash } from 'node:crypto';
import { messageOf } from '../../shared/message-of.js';
import { fromPlain, type Plain, toPlain } from './plain.js';
import type { ReplayShare } from './share.js';

const KIND = 'betrace replay share';

/** What a file is, before its content: for people and for programs that look for a share. */
export interface ShareJson {
  readonly kind: typeof KIND;
  /** Of betrace: what another version means by the content is not known. */
  readonly version: string;
  /** From 1. */
  readonly share: number;
  readonly shares: number;
  /** SHA-256 of the JSON of `content`: that it is all there. */
  readonly checksum: string;
  readonly content: Plain;
}

export type ReadShare =
  | { readonly kind: 'share'; readonly share: ReplayShare }
  /** Why it is none, without a full stop. */
  | { readonly kind: 'refused'; readonly message: string };

export function shareJson(share: ReplayShare, version: string): ShareJson {
  const content = toPlain(share);
  const { share: number, shares } = share.run;
  return { kind: KIND, version, share: number, shares, checksum: checksumOf(content), content };
}

/** `version` is that of the betrace that reads it. */
export function readShare(text: string, version: string): ReadShare {
  let json: Partial<ShareJson> | null;
  try {
    json = JSON.parse(text) as Partial<ShareJson> | null;
  } catch (error) {
    const what = text.trim() === '' ? 'is empty' : `is not JSON: ${messageOf(error)}`;
    return refused(`${what}; the share may have been stopped before its end`);
  }
  if (json?.kind !== KIND) return refused('is no share of a replay, which betrace replay --shard writes');
  if (json.version !== version)
    return refused(`was made by betrace ${String(json.version)}, and this is ${version}`);
  const { content } = json;
  if (content === undefined || checksumOf(content) !== json.checksum)
    return refused('is not what was written: its checksum is another');
  return { kind: 'share', share: fromPlain(content) as ReplayShare };
}

function refused(message: string): ReadShare {
  return { kind: 'refused', message };
}

function checksumOf(content: Plain): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
