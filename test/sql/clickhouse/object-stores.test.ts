/** Blocks in real object stores, read where they are by ClickHouse: what a folder gives, from the addresses and named collections that `--engine` makes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bucketStorage } from '../../../engine/blocks/buckets/bucket-storage.js';
import { openStore } from '../../../engine/blocks/buckets/open-store.js';
import { type BucketPlace, DEFAULT_REQUESTS, type S3Place } from '../../../engine/blocks/buckets/place.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { replay } from '../../../engine/replay/replay.js';
import type { Traces } from '../../../engine/spans/traces.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { text } from '../../../engine/sql/text/operations.js';
import { join, name, sql } from '../../../engine/sql/text/sql.js';
import { locateIn } from '../../../server/engine/engine-address.js';
import { objectsUnder } from '../../blocks/buckets/objects-under.js';
import { AZURITE_KEY, SERVERS, type Server } from '../../blocks/buckets/servers.js';
import { span, trace } from '../../support/arbitrary/spans.js';
import { makeStorage } from '../../support/made-storage.js';
import { openStored } from '../../support/stored.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';

const RULES = `
rule no-dup { when { name =~ "dup.*" } as d  never { name = "root" } over d }
rule rooted { always count({ nestedSetParent < 0 }) = 1 }
`;
/** In the order of the documentation. */
const KINDS: readonly BucketPlace['kind'][] = ['s3', 'gcs', 'azure'];
const ADDRESS = { hosts: [], secure: false, settings: {} };

const work = mkdtempSync(path.join(tmpdir(), 'betrace-engine-stores-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** One of the blocks has half of a trace of the other. */
const made = makeStorage(
  path.join(work, 'made'),
  'vParquet5',
  [trace(span(1, undefined, { name: 'root', ticks: 9 }), span(2, 1, { name: 'dup1', at: 1 }))],
  [trace(span(3, 1, { name: 'dup2', at: 2 }))],
);

/** What a server has to be given for a bucket: the address, and who may read it. */
function collectionOf(place: BucketPlace, port: number): Readonly<Record<string, string>> {
  switch (place.kind) {
    case 's3':
      return {
        url: `${place.endpoint}/${place.bucket}/`,
        access_key_id: place.accessKey!,
        secret_access_key: place.secretKey!,
      };
    case 'gcs':
      return {
        url: `http://127.0.0.1:${port}/${place.bucket}/`,
        access_key_id: 'anybody',
        secret_access_key: 'anything',
      };
    case 'azure':
      return {
        connection_string: `DefaultEndpointsProtocol=http;AccountName=${place.account};AccountKey=${AZURITE_KEY};BlobEndpoint=http://${place.endpoint}/${place.account};`,
        container: place.container,
      };
  }
}

/** What the documentation has in a collection of each kind. */
function documented(): readonly (readonly string[])[] {
  const text = readFileSync(new URL('../../../server/deploy/clickhouse/README.md', import.meta.url), 'utf8');
  return [...text.matchAll(/CREATE NAMED COLLECTION traces AS\n[^`]*/g)].map(([statement]) =>
    [...statement.matchAll(/(\w+) = '/g)].map(([, key]) => key!),
  );
}

async function found(stored: Traces): Promise<unknown> {
  const { rules } = loadWorkspace(new Map([['a.betrace', RULES]]));
  const { blocks, rules: judged } = await replay({ ...stored, rules, limit: 1000 });
  return {
    read: blocks.read,
    violations: judged.map(({ violations }) => violations.map(({ id }) => id).sort()),
  };
}

async function foundInFolder(): Promise<unknown> {
  const { stored, close } = await openStored(made);
  return await found(stored).finally(close);
}

async function foundBy(db: ClickHouseStore, place: BucketPlace, collection?: string): Promise<unknown> {
  const storage = bucketStorage({ place, settings: DEFAULT_REQUESTS, open: () => openStore(place) });
  const locate = locateIn(place, { ...ADDRESS, ...(collection === undefined ? {} : { collection }) });
  const { stored, close } = await openStored(storage);
  return await found(byDatabase(db, stored, locate)).finally(close);
}

for (const kind of SERVERS)
  describe.runIf(hasChdb && kind.missing === undefined)(`ClickHouse reads ${kind.name}`, () => {
    let server: Server;
    let db: ClickHouseStore;
    let place: BucketPlace;
    beforeAll(async () => {
      [server, db] = await Promise.all([kind.start(), openChdb()]);
      await server.fill('blocks', objectsUnder(made, 'tempo'));
      place = server.place('blocks', 'tempo');
    });
    afterAll(async () => {
      await db?.close();
      await server?.stop();
    });

    it('by a named collection of its own, and finds what a folder has', async () => {
      const given = Object.entries(collectionOf(place, server.port)).map(
        ([key, value]) => sql`${name(key)} = ${text(value)}`,
      );
      expect(documented()).toHaveLength(3);
      expect(documented()[KINDS.indexOf(place.kind)]).toEqual(Object.keys(collectionOf(place, server.port)));
      await db.run(sql`CREATE NAMED COLLECTION traces AS ${join(given, ', ')}`);
      const here = await foundInFolder();
      expect(JSON.stringify(here)).toMatch(/"read":2.*"[0-9a-f]{32}"/);
      expect(await foundBy(db, place, 'traces')).toEqual(here);
    });

    it.runIf(kind.name === 'S3Proxy')('by its address, with the credentials of its own machine', async () => {
      const { accessKey, secretKey } = place as S3Place;
      vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretKey);
      expect(await foundBy(db, place)).toEqual(await foundInFolder());
      vi.unstubAllEnvs();
    });

    it.runIf(kind.name === 'fake-gcs-server')('by its address, where anyone may read', async () => {
      expect(await foundBy(db, place)).toEqual(await foundInFolder());
    });
  });
