/** All keys of blocks under a prefix, in few rounds: a long listing is split by what ids begin with. */
import { concurrently } from '../concurrently.js';
import type { ObjectPage } from './object-store.js';

const HEX = '0123456789abcdef';
/** A listing of no more pages than this is not worth splitting. */
const SHORT = 3;

export interface KeyWalk {
  /** Ends with `/`, or is ''. */
  readonly root: string;
  /** Listings at once. */
  readonly listings: number;
  readonly list: (prefix: string, page?: string) => Promise<ObjectPage>;
  /** Each key once; in no order. */
  readonly visit: (key: string) => void;
}

/**
 * A page has at most 1000 keys, and pages of one prefix come one after the other: the 200,000 keys of a large tenant would take 200 round
 * trips. Ids of blocks are random, so the first page tells how many there will be; then each first digit is listed by itself.
 * Keys whose first name after `root` does not begin with such a digit may be left out.
 */
export async function walkKeys({ root, listings, list, visit }: KeyWalk): Promise<void> {
  let last = '';
  const take = ({ keys }: ObjectPage, after: string): void => {
    for (const key of keys) {
      if (key <= after) continue;
      visit(key);
      if (after === '' && key > last) last = key;
    }
  };
  const follow = async (prefix: string, page: string | undefined, after: string): Promise<void> => {
    for (let next = page; next !== undefined; ) {
      const answer: ObjectPage = await list(prefix, next);
      take(answer, after);
      next = answer.next;
    }
  };
  const first = await list(root);
  take(first, '');
  if (first.next === undefined) return;
  if (pagesInAll(last.slice(root.length)) <= SHORT) return await follow(root, first.next, '');
  const before = last;
  const left = [...HEX]
    .map((digit) => `${root}${digit}`)
    .filter((part) => part > before || before.startsWith(part));
  await concurrently(listings, left, async (part) => {
    const answer = await list(part);
    take(answer, before);
    await follow(part, answer.next, before);
  });
}

/** By how far the first page came through all ids; 0 where its last key is none. */
function pagesInAll(lastId: string): number {
  const digits = /^[0-9a-f]{4}/.exec(lastId)?.[0];
  return digits === undefined ? 0 : 0x10000 / (Number.parseInt(digits, 16) + 1);
}
