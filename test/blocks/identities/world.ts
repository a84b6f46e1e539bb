/** Two blocks in the buckets of three clouds, and a command that reads them with what it was given where it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { span, trace } from '../../support/arbitrary/spans.js';
import { MAIN } from '../../support/command.js';
import { makeStorage } from '../../support/made-storage.js';
import type { Shown } from './authorities.js';
import { type Clouds, startClouds } from './clouds.js';
import { BLOCKS, type Environment, fileIn, type Identity, storesOf } from './processes.js';

export interface World {
  readonly clouds: Clouds;
  /** The certificate of the clouds, in a file. */
  readonly certificateFile: string;
  /** A rule that one trace violates. */
  readonly rules: string;
  /** Milliseconds that an answer of a store takes. */
  delayMs: number;
  /** `betrace replay` of the blocks in the cloud of the identity. */
  replay(identity: Identity, ...more: readonly string[]): Promise<Ran>;
  start(identity: Identity, args: readonly string[], env?: Environment): ChildProcess;
  /** What nobody may see. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export async function startWorld(): Promise<World> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-identities-'));
  const rules = join(work, 'late.betrace');
  writeFileSync(rules, 'rule late { never { name = "late" } }\n');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const some = (): string => randomBytes(24).toString('hex');
  const claims = Buffer.from(JSON.stringify({ sub: some() })).toString('base64url');
  const secret = {
    federated: `eyJhbGciOiJub25lIn0.${claims}.`,
    container: some(),
    header: some(),
    sso: some(),
    lasting: some(),
  };
  const shown: Shown = { ...secret, clientId: '11111111-2222-4333-8444-555555555555', publicKey };
  const clouds = await startClouds(objectsOf(join(work, 'made')), shown, () => world.delayMs);
  const certificateFile = join(work, 'ca.pem');
  writeFileSync(certificateFile, clouds.certificate);
  let homes = 0;
  const world: World = {
    clouds,
    certificateFile,
    rules,
    delayMs: 0,
    start: ({ environment }, args, env = {}) => {
      const home = join(work, `home-${homes++}`);
      mkdirSync(home);
      const own = environment({ clouds, shown, privateKey, file: fileIn(home) });
      const common = {
        PATH: process.env.PATH ?? '',
        HOME: home,
        BETRACE_CACHE: join(home, 'cache'),
        NODE_EXTRA_CA_CERTS: certificateFile,
      };
      return spawn(process.execPath, [MAIN, ...args], {
        env: { ...common, ...storesOf(clouds), ...own, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    },
    replay: async (identity, ...more) =>
      await ended(world.start(identity, ['replay', rules, '--blocks', BLOCKS[identity.cloud], ...more])),
    secrets: () => [...clouds.issuer.secrets, ...Object.values(secret)],
    close: async () => {
      await clouds.close();
      rmSync(work, { recursive: true, force: true });
    },
  };
  return world;
}

function objectsOf(folder: string): ReadonlyMap<string, Uint8Array> {
  const made = makeStorage(
    folder,
    'vParquet5',
    [trace(span(1, undefined, { name: 'root' }), span(2, 1, { name: 'child' }))],
    [trace(span(3, 1, { name: 'late' }))],
  );
  const files = readdirSync(made, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => statSync(join(made, file)).isFile())
      .map((file) => [`tempo/${file}`, new Uint8Array(readFileSync(join(made, file)))] as const),
  );
}

export async function ended(child: ChildProcess): Promise<Ran> {
  const text = { out: '', err: '' };
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const)
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...text };
}
