/** What is discovered in blocks of a real Tempo, of which it is known what breaks. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { type Discovery, discover } from '../../engine/discover/discover.js';
import { type OpenStored, openStored } from '../support/stored.js';

/** `truth`: of each invariant that was planted, what breaks it. The others are there from the first test on. */
export interface Discovered<Planted> {
  readonly truth: Readonly<Record<string, Planted>>;
  readonly open: OpenStored;
  readonly discovery: Discovery;
}

export function discoveredIn<Planted>(fixture: string): Discovered<Planted> {
  const blocks = new URL(`../fixtures/blocks/${fixture}/`, import.meta.url).pathname;
  const { truth } = JSON.parse(readFileSync(`${blocks}truth.json`, 'utf8')) as Pick<
    Discovered<Planted>,
    'truth'
  >;
  let open: OpenStored;
  let discovery: Discovery;
  beforeAll(async () => {
    open = await openStored(`${blocks}blocks`);
    discovery = await discover({ ...open.stored, limit: 40 });
  }, 300_000);
  afterAll(() => open.close());
  return {
    truth,
    get open() {
      return open;
    },
    get discovery() {
      return discovery;
    },
  };
}
