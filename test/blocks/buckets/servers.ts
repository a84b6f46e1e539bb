/** Real object stores on loopback, for as long as a test file runs. `install-servers.sh` puts them into the folder that OBJECT_STORES names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BucketPlace } from '../../../engine/blocks/buckets/place.js';

export interface Server {
  /** Where a bucket of that name is. */
  readonly place: (bucket: string, prefix: string) => BucketPlace;
  /** Makes a bucket with these objects. */
  fill(bucket: string, objects: ReadonlyMap<string, string | Uint8Array>): Promise<void>;
  /** The port that it listens on, of 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  /** Whether it compares and writes in one step. */
  readonly writesAtOnce: boolean;
  /** Why it cannot be started here; undefined where it can. */
  readonly missing: string | undefined;
  start(): Promise<Server>;
  /** The place of a server that is reached by another port. */
  through(place: BucketPlace, port: number): BucketPlace;
}

const folder = process.env.OBJECT_STORES ?? '';

function installed(file: string): string | undefined {
  if (folder === '') return 'OBJECT_STORES names no folder';
  return existsSync(join(folder, file)) ? undefined : `${join(folder, file)} is not there`;
}

export const SERVERS: readonly ServerKind[] = [
  {
    name: 'S3Proxy',
    // Over files of its own it compares, and then writes.
    writesAtOnce: false,
    missing: installed('s3proxy.jar'),
    through: (place, port) => ({ ...place, endpoint: `http://127.0.0.1:${port}` }),
    start: async () => {
      const port = await freePort();
      const scratch = mkdtempSync(join(tmpdir(), 'betrace-s3proxy-'));
      const settings = {
        's3proxy.authorization': 'aws-v2-or-v4',
        's3proxy.endpoint': `http://127.0.0.1:${port}`,
        's3proxy.identity': 'identity',
        's3proxy.credential': 'credential',
        'jclouds.provider': 'transient-nio2',
        'jclouds.identity': 'x',
        'jclouds.credential': 'x',
      };
      const file = join(scratch, 's3proxy.conf');
      writeFileSync(
        file,
        Object.entries(settings)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      );
      const process = await running(port, 'java', [
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        '-Xmx256m',
        '-jar',
        join(folder, 's3proxy.jar'),
        '--properties',
        file,
      ]);
      const access = { accessKey: 'identity', secretKey: 'credential' };
      return {
        port,
        place: (bucket, prefix) => ({
          kind: 's3',
          bucket,
          prefix,
          endpoint: `http://127.0.0.1:${port}`,
          ...access,
        }),
        fill: async (Bucket, objects) => {
          const { CreateBucketCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
          const client = new S3Client({
            endpoint: `http://127.0.0.1:${port}`,
            region: 'us-east-1',
            forcePathStyle: true,
            requestChecksumCalculation: 'WHEN_REQUIRED',
            credentials: { accessKeyId: access.accessKey, secretAccessKey: access.secretKey },
          });
          await client.send(new CreateBucketCommand({ Bucket })).catch(ignoreConflict);
          await each(objects, ([Key, Body]) => client.send(new PutObjectCommand({ Bucket, Key, Body })));
          client.destroy();
        },
        stop: async () => {
          await ended(process);
          rmSync(scratch, { recursive: true, force: true });
        },
      };
    },
  },
  {
    name: 'Azurite',
    writesAtOnce: true,
    missing: installed('azurite/node_modules/azurite/dist/src/blob/main.js'),
    through: (place, port) => ({ ...place, endpoint: `127.0.0.1:${port}` }),
    start: async () => {
      const port = await freePort();
      const scratch = mkdtempSync(join(tmpdir(), 'betrace-azurite-'));
      const account = 'devstoreaccount1';
      const azurite = join(folder, 'azurite/node_modules/azurite/dist/src/blob/main.js');
      const process = await running(
        port,
        globalThis.process.execPath,
        [
          azurite,
          ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', scratch],
          ...['--skipApiVersionCheck', '--silent', '--disableTelemetry'],
        ],
        { AZURITE_ACCOUNTS: `${account}:${AZURITE_KEY}` },
      );
      return {
        port,
        place: (container, prefix) => ({
          kind: 'azure',
          account,
          container,
          prefix,
          endpoint: `127.0.0.1:${port}`,
          accountKey: AZURITE_KEY,
        }),
        fill: async (container, objects) => {
          const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
          const client = new BlobServiceClient(
            `http://127.0.0.1:${port}/${account}`,
            new StorageSharedKeyCredential(account, AZURITE_KEY),
          ).getContainerClient(container);
          await client.createIfNotExists();
          await each(objects, ([key, body]) => client.getBlockBlobClient(key).uploadData(Buffer.from(body)));
        },
        stop: async () => {
          await ended(process);
          rmSync(scratch, { recursive: true, force: true });
        },
      };
    },
  },
  {
    name: 'fake-gcs-server',
    writesAtOnce: true,
    missing: installed('fake-gcs-server'),
    through: (place, port) => ({ ...place, endpoint: `http://127.0.0.1:${port}/storage/v1/` }),
    start: async () => {
      const port = await freePort();
      const process = await running(port, join(folder, 'fake-gcs-server'), [
        ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'],
        ...['-public-host', `127.0.0.1:${port}`],
      ]);
      const base = `http://127.0.0.1:${port}`;
      return {
        port,
        place: (bucket, prefix) => ({
          kind: 'gcs',
          bucket,
          prefix,
          endpoint: `${base}/storage/v1/`,
          insecure: true,
        }),
        fill: async (name, objects) => {
          await fetch(`${base}/storage/v1/b`, { method: 'POST', body: JSON.stringify({ name }) });
          await each(objects, async ([key, body]) => {
            const query = `uploadType=media&name=${encodeURIComponent(key)}`;
            const response = await fetch(`${base}/upload/storage/v1/b/${name}/o?${query}`, {
              method: 'POST',
              body: Buffer.from(body),
            });
            if (!response.ok) throw new Error(`the object was not stored: ${response.status}`);
          });
        },
        stop: () => ended(process),
      };
    },
  },
];

/** Any will do: the server is configured with it. */
export const AZURITE_KEY = Buffer.from('the key of a test').toString('base64');

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function running(
  port: number,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  for (let n = 0; n < 600; n++) {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    const answers = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answers) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await ended(child);
  throw new Error(`${command} does not listen after a minute: ${said}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

/** A few at once. */
async function each<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items].values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && /BucketAlready/.test(error.name))) throw error;
}
