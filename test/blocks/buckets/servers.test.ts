/** The contract, and a replay, over real object stores; also by way of a network that fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bucketStorage } from '../../../engine/blocks/buckets/bucket-storage.js';
import { openStore } from '../../../engine/blocks/buckets/open-store.js';
import { type AzurePlace, type BucketPlace, DEFAULT_REQUESTS } from '../../../engine/blocks/buckets/place.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { replay } from '../../../engine/replay/replay.js';
import { ownerFile } from '../../../server/live/owner-file.js';
import { LEASE_MS, Replica } from '../../live/ownership/replicas.js';
import { span, trace } from '../../support/arbitrary/spans.js';
import { makeStorage } from '../../support/made-storage.js';
import { openStored } from '../../support/stored.js';
import { OBJECTS, storageContract } from './contract.js';
import { type Fault, faultProxy } from './fault-proxy.js';
import { objectsUnder } from './objects-under.js';
import { AZURITE_KEY, freePort, SERVERS, type Server } from './servers.js';

// The client of S3 says so, in the words of whoever fills the store here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const work = mkdtempSync(join(tmpdir(), 'betrace-servers-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const RULES = `
rule no-dup { when { name =~ "dup.*" } as d  never { name = "root" } over d }
rule rooted { always count({ nestedSetParent < 0 }) = 1 }
`;

/** Late answers are given up well before the proxy gives them. */
const SETTINGS = { ...DEFAULT_REQUESTS, timeoutMs: 1_000, tries: 8 };

function storageAt(place: BucketPlace): Storage {
  return bucketStorage({ place, settings: SETTINGS, open: () => openStore(place) });
}

/** Blocks that this test has made, one of them half of a trace. */
const made = makeStorage(
  join(work, 'made'),
  'vParquet5',
  [trace(span(1, undefined, { name: 'root', ticks: 9 }), span(2, 1, { name: 'dup1', at: 1 }))],
  [trace(span(3, 1, { name: 'dup2', at: 2 }))],
);

const OTHER_KEY = Buffer.from('another key').toString('base64');

/** To list and read all of an account for an hour, as people make it in the portal. */
async function signatureOf(account: string, key: string): Promise<string> {
  const azure = await import('@azure/storage-blob');
  return azure
    .generateAccountSASQueryParameters(
      {
        expiresOn: new Date(Date.now() + 3_600_000),
        permissions: azure.AccountSASPermissions.parse('rl'),
        resourceTypes: 'sco',
        services: 'b',
        protocol: azure.SASProtocol.HttpsAndHttp,
      },
      new azure.StorageSharedKeyCredential(account, key),
    )
    .toString();
}

async function found(storage: Storage | string): Promise<unknown> {
  const { rules } = loadWorkspace(new Map([['a.betrace', RULES]]));
  const { stored, close } = await openStored(storage);
  const result = await replay({ ...stored, rules, limit: 1000 }).finally(close);
  return {
    blocks: result.blocks,
    spans: result.spans,
    violations: result.rules.map(({ violations }) => violations.map(({ id }) => id).sort()),
  };
}

for (const kind of SERVERS) {
  if (kind.missing !== undefined)
    console.warn(
      `NOT TESTED: blocks in a real ${kind.name} (${kind.missing}; install-servers.sh installs it)`,
    );
  describe.runIf(kind.missing === undefined)(kind.name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await kind.start();
      await server.fill('traces', new Map([...OBJECTS].map(([path, text]) => [`a/b/${path}`, text])));
      await server.fill('blocks', objectsUnder(made, 'tempo'));
    });
    afterAll(() => server?.stop());

    storageContract(() => storageAt(server.place('traces', 'a/b')), kind.writesAtOnce);

    it('lets one of three replicas claim each window, over again as they die', async () => {
      const { versions } = storageAt(server.place('traces', 'replicas'));
      const shared = ownerFile(versions!, 'a tenant');
      const replicas = ['a', 'b', 'c'].map((name) => new Replica(name, shared));
      for (let round = 1n; round <= 9n; round++) {
        const dies = replicas[Number(round % 3n)]!;
        const ticks = replicas.map((replica) => async (): Promise<void> => {
          replica.now += LEASE_MS / 2;
          await replica.renew();
          await replica.judge(round, replica === dies ? 'after the claim' : undefined);
        });
        if (kind.writesAtOnce) await Promise.all(ticks.map(async (tick) => await tick()));
        else for (const tick of ticks) await tick();
      }
      for (let round = 0; round < 6; round++)
        for (const replica of replicas) {
          replica.now += LEASE_MS / 2;
          await replica.renew();
          await replica.judge(10n, undefined);
        }
      const reported = replicas.flatMap((replica) => replica.reported).map(Number);
      const first = Math.min(...reported);
      expect(reported.sort((a, b) => a - b)).toEqual(Array.from({ length: 11 - first }, (_, n) => first + n));
    });

    it('gives a replay what a folder gives it', async () => {
      const storage = storageAt(server.place('blocks', 'tempo'));
      const here = await found(made);
      expect(JSON.stringify(here)).toContain('"read":2');
      expect(await found(storage)).toEqual(here);
      expect(storage.identity).toMatch(/settings|no credentials/);
    });

    it.runIf(kind.name === 'Azurite')('is read with a signature, and with another not', async () => {
      const { accountKey: _, ...place } = server.place('blocks', 'tempo') as AzurePlace;
      vi.stubEnv('AZURE_STORAGE_SAS_TOKEN', await signatureOf(place.account, AZURITE_KEY));
      const storage = storageAt(place);
      expect(await found(storage)).toEqual(await found(made));
      expect(storage.identity).toBe('a shared access signature from the environment');
      vi.stubEnv('AZURE_STORAGE_SAS_TOKEN', await signatureOf(place.account, OTHER_KEY));
      const refused = storageAt(place).list('');
      await expect(refused).rejects.toMatchObject({
        kind: 'denied',
        message: expect.stringContaining('with a shared access signature from the environment'),
      });
      vi.unstubAllEnvs();
    });

    it('gives the same by way of a network that fails in one of ten requests', async () => {
      const kinds: readonly Fault[] = ['unavailable', 'reset', 'cut', 'longer', 'late'];
      const proxy = await faultProxy({
        port: server.port,
        fault: (n) => (n % 10 === 3 ? kinds[Math.floor(n / 10) % kinds.length]! : 'none'),
      });
      try {
        const storage = storageAt(kind.through(server.place('blocks', 'tempo'), proxy.port));
        for (let round = 0; round < 5; round++) expect(await found(storage)).toEqual(await found(made));
        for (const fault of kinds) expect(proxy.done.get(fault) ?? 0, fault).toBeGreaterThan(0);
        expect(storage.traffic?.retried).toBeGreaterThan(0);
      } finally {
        await proxy.close();
      }
    });

    it('says in words that there is no such bucket, and that no server answers', async () => {
      const none = storageAt(server.place('none-of-that-name', ''));
      await expect(none.list('')).rejects.toMatchObject({ kind: 'no-bucket' });
      const away = storageAt(kind.through(server.place('traces', ''), await freePort()));
      await expect(away.list('')).rejects.toMatchObject({
        kind: 'busy',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    });
  });
}
