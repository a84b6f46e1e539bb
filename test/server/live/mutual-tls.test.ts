/** Certificates on both sides of both ports and of both ways out, and what happens when their files change under a running service. */
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { Client, credentials, status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { TokenStore } from '../../../server/auth/tokens.js';
import { grpcSender } from '../../../server/export/grpc.js';
import { httpSender } from '../../../server/export/http.js';
import type { SenderOptions } from '../../../server/export/sender.js';
import { EXPORT_METHOD, listenGrpc } from '../../../server/otlp/grpc.js';
import { listenHttp } from '../../../server/otlp/http.js';
import { type FromFiles, fromFiles } from '../../../server/shared/from-files.js';
import { createLogger } from '../../../server/shared/log.js';
import { createMetrics } from '../../../server/shared/metrics.js';
import { fixedTls, type TlsMaterial, tlsFromFiles } from '../../../server/shared/tls-material.js';
import { type Certificate, selfSigned } from '../../support/certificate.js';
import { type Running, start, temporaryDirectory } from '../service/support.js';

const bytes = (text: string): Buffer => Buffer.from(text);

interface Shown {
  /** Whom the client takes for the service. */
  readonly server: Certificate;
  readonly client?: Certificate;
}

type Send = (service: Running, shown: Shown) => Promise<boolean>;

/** Whether an empty request is taken, over a connection of its own. */
const SENDS: Readonly<Record<'http' | 'grpc', Send>> = {
  http: async ({ live }, { server, client }) =>
    await new Promise((resolve) => {
      const asking = request(
        {
          host: '127.0.0.1',
          port: live?.httpPort,
          path: '/v1/traces',
          method: 'POST',
          agent: false,
          ca: server.cert,
          headers: { 'content-type': 'application/json' },
          ...(client && { cert: client.cert, key: client.key }),
        },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        },
      );
      asking.on('error', () => resolve(false)).end('{"resourceSpans":[]}');
    }),
  grpc: async ({ live }, { server, client }) => {
    const secure = credentials.createSsl(
      bytes(server.cert),
      client === undefined ? null : bytes(client.key),
      client === undefined ? null : bytes(client.cert),
    );
    const channel = new Client(`127.0.0.1:${live?.grpcPort}`, secure, {
      'grpc.use_local_subchannel_pool': 1,
    });
    const same = (body: Buffer): Buffer => body;
    const code = await new Promise<number>((resolve) => {
      const deadline = Date.now() + 3_000;
      channel.makeUnaryRequest(EXPORT_METHOD, same, same, Buffer.alloc(0), { deadline }, (error) =>
        resolve(error?.code ?? status.OK),
      );
    });
    channel.close();
    return code === status.OK;
  },
};

function pairAt(directory: string): {
  readonly files: Readonly<Record<'cert' | 'key' | 'clients', string>>;
  put(pair: Partial<Readonly<Record<'cert' | 'key' | 'clients', string>>>): void;
} {
  const files = {
    cert: join(directory, 'cert.pem'),
    key: join(directory, 'key.pem'),
    clients: join(directory, 'clients.pem'),
  };
  return {
    files,
    put: (pair) => {
      for (const name of ['cert', 'key', 'clients'] as const)
        if (pair[name] !== undefined) writeFileSync(files[name], pair[name]);
    },
  };
}

describe.each(['http', 'grpc'] as const)('the port for OTLP over %s', (transport) => {
  const send = SENDS[transport];

  test('lets in who shows a certificate of its authorities, by the files as they are at the time', async () => {
    const directory = temporaryDirectory();
    const { files, put } = pairAt(directory);
    const [server, next, client, stranger] = [selfSigned(), selfSigned(), selfSigned(), selfSigned()];
    put({ ...server, clients: client.cert });
    const service = await start({
      settings: {
        [`otlp.${transport}_port`]: 0,
        'otlp.tls.cert_file': files.cert,
        'otlp.tls.key_file': files.key,
        'otlp.tls.client_ca_file': files.clients,
        'live.directory': join(directory, 'live'),
      },
    });
    expect(await send(service, { server, client })).toBe(true);
    expect(await send(service, { server })).toBe(false);
    expect(await send(service, { server, client: stranger })).toBe(false);

    put(next);
    await expect.poll(() => send(service, { server: next, client })).toBe(true);
    expect(await send(service, { server, client })).toBe(false);

    // Half of a pair is none: what was sound stays in force, and is said and counted.
    const reloads = (outcome: string): Promise<number> =>
      service.metric('betrace_file_reloads_total', { what: 'otlp.tls', outcome });
    const taken = await reloads('taken');
    put({ key: server.key });
    await expect.poll(() => reloads('broken')).toBeGreaterThan(0);
    expect(await send(service, { server: next, client })).toBe(true);
    expect(service.log.filter((line) => line.includes('those before stay in force'))).toHaveLength(1);
    expect(service.log.join('')).not.toContain('PRIVATE KEY');

    put({ ...next, clients: stranger.cert });
    await expect.poll(() => reloads('taken')).toBeGreaterThan(taken);
    expect(await send(service, { server: next, client: stranger })).toBe(true);
    expect(await send(service, { server: next, client })).toBe(false);
  });
});

/** A receiver that lets in whom `clients` have signed. */
async function receiver(
  protocol: 'grpc' | 'http',
  server: Certificate,
  clients: Certificate,
): Promise<string> {
  const tls = fixedTls({ cert: bytes(server.cert), key: bytes(server.key), ca: bytes(clients.cert) });
  const listening = await (protocol === 'grpc' ? listenGrpc : listenHttp)(
    { address: '127.0.0.1', port: 0, tls },
    {
      sink: { accept: async () => decodeTraces(new Uint8Array(0)) },
      tokens: new TokenStore([]),
      multitenancyEnabled: false,
      tenant: 'any',
      maxRequest: 2 ** 20,
      observe: () => undefined,
      onError: () => undefined,
    },
  );
  onTestFinished(async () => await listening.stop(50));
  return `https://127.0.0.1:${listening.port}${protocol === 'http' ? '/v1/traces' : ''}`;
}

describe.each(['grpc', 'http'] as const)('violations that leave by %s', (protocol) => {
  const outcomeBy = async (endpoint: string, tls: FromFiles<TlsMaterial>): Promise<string> => {
    const options: SenderOptions = { endpoint, headers: {}, tenantHeader: false, timeoutMs: 3_000, tls };
    const sender = protocol === 'grpc' ? grpcSender(options) : httpSender(options);
    const { kind } = await sender.send('any', new Uint8Array(0));
    sender.close();
    return kind;
  };

  test('show their certificate, and trust the authority that is configured', async () => {
    const [server, client] = [selfSigned(), selfSigned()];
    const endpoint = await receiver(protocol, server, client);
    const ca = bytes(server.cert);
    const own = { cert: bytes(client.cert), key: bytes(client.key) };
    expect(await outcomeBy(endpoint, fixedTls({ ca, ...own }))).toBe('sent');
    expect(await outcomeBy(endpoint, fixedTls({ ca }))).toBe('later');
    expect(await outcomeBy(endpoint, fixedTls({ ca: own.cert, ...own }))).toBe('later');
  });

  test('show the certificate that the files have at the time', async () => {
    const { files, put } = pairAt(temporaryDirectory());
    const [server, before, after] = [selfSigned(), selfSigned(), selfSigned()];
    const endpoint = await receiver(protocol, server, after);
    put({ ...before, clients: server.cert });
    const tls = await tlsFromFiles(
      { certFile: files.cert, keyFile: files.key, caFile: files.clients },
      { what: 'export', log: silent(), reloads: createMetrics().fileReloads, everyMs: 50 },
    );
    onTestFinished(() => tls?.close());
    const options = { endpoint, headers: {}, tenantHeader: false, timeoutMs: 3_000, tls: tls! };
    const sender = protocol === 'grpc' ? grpcSender(options) : httpSender(options);
    onTestFinished(() => sender.close());
    const kind = async (): Promise<string> => (await sender.send('any', new Uint8Array(0))).kind;
    expect(await kind()).toBe('later');
    put(after);
    await expect.poll(kind).toBe('sent');
  });
});

const silent = (): ReturnType<typeof createLogger> => createLogger({ level: 'silent', format: 'json' });

test('tokens are those that their files have at the time, of variables those of the start', async () => {
  const file = join(temporaryDirectory(), 'token');
  writeFileSync(file, 'first-of-the-tokens');
  const service = await start({
    settings: {
      'auth.tokens': [
        { name: 'file', token_file: file, tenants: ['*'] },
        { name: 'variable', token_env: 'T', tenants: ['*'] },
      ],
    },
    env: { T: 'correct-horse-battery' },
  });
  const answers = async (token: string): Promise<number> =>
    (await service.get('/betrace/v1/info', { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await answers('first-of-the-tokens'), await answers('second-of-the-tokens')]).toEqual([200, 401]);
  writeFileSync(file, 'second-of-the-tokens\n');
  await expect.poll(() => answers('second-of-the-tokens')).toBe(200);
  expect([await answers('first-of-the-tokens'), await answers('correct-horse-battery')]).toEqual([401, 200]);
  // Too short to be one.
  writeFileSync(file, 'short');
  await expect.poll(() => service.log.some((line) => line.includes('those before stay in force'))).toBe(true);
  expect(await answers('second-of-the-tokens')).toBe(200);
  expect(service.log.join('')).not.toContain('of-the-tokens');
});

test('a state of the files that is broken is logged and counted, and what was sound stays', async () => {
  const file = join(temporaryDirectory(), 'value');
  writeFileSync(file, '1');
  const lines: string[] = [];
  const { fileReloads } = createMetrics();
  const value = await fromFiles({
    what: 'test',
    paths: [file],
    parse: ([text]) => {
      const number = Number(text?.toString());
      if (Number.isNaN(number)) throw new Error('no number');
      return number;
    },
    log: createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) }),
    reloads: fileReloads,
    everyMs: 20,
  });
  onTestFinished(() => value.close());
  writeFileSync(file, 'x');
  const broken = async (): Promise<number> =>
    (await fileReloads.get()).values.find(({ labels }) => labels.outcome === 'broken')?.value ?? 0;
  await expect.poll(broken).toBeGreaterThan(0);
  expect(value.current).toBe(1);
  writeFileSync(file, '2');
  await expect.poll(() => value.current).toBe(2);
  expect(lines.filter((line) => line.includes('those before stay in force'))).toHaveLength(1);
});
