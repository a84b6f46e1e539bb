/** Serves the built plugin to a page in place of Grafana's, and passes what it asks on to services, with the headers of a data source. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
export const PLUGIN = `${root}dist/grafana-plugin`;

export interface ProxiedSource {
  readonly url: string;
  /** What Grafana's proxy sends along. */
  readonly headers?: Readonly<Record<string, string>>;
}

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><base href="/"><title>Grafana</title><link rel="icon" href="data:,">
<style>h1 { color: rgb(1, 2, 3) } .line { display: none }</style>
<body><div id="root"></div><h1>Grafana's own</h1>
<script src="/react.js"></script><script src="/react-dom.js"></script><script type="module" src="/host.mjs"></script>`;

const SCRIPTS: Readonly<Record<string, string>> = {
  '/react.js': `${root}node_modules/react/umd/react.production.min.js`,
  '/react-dom.js': `${root}node_modules/react-dom/umd/react-dom.production.min.js`,
  '/host.mjs': fileURLToPath(new URL('host.mjs', import.meta.url)),
  '/plugin/module.js': `${PLUGIN}/module.js`,
  '/plugin/datasource/module.js': `${PLUGIN}/datasource/module.js`,
};

export async function startHost(
  sources: Readonly<Record<string, ProxiedSource>>,
): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    const script = SCRIPTS[pathname];
    if (script !== undefined) {
      response.setHeader('content-type', 'text/javascript').end(readFileSync(script));
      return;
    }
    const [, uid = ''] = /^\/api\/datasources\/proxy\/uid\/([^/]+)\//u.exec(pathname) ?? [];
    const source = sources[uid];
    if (source === undefined) {
      response.setHeader('content-type', 'text/html').end(PAGE);
      return;
    }
    const body: Buffer[] = [];
    for await (const part of request) body.push(part as Buffer);
    const left = new AbortController();
    response.on('close', () => left.abort());
    try {
      const answer = await fetch(`${source.url}${(request.url ?? '').replace(/^.*?\/uid\/[^/]+/u, '')}`, {
        method: request.method ?? 'GET',
        headers: {
          ...source.headers,
          ...(request.headers.accept !== undefined && { accept: request.headers.accept }),
          ...(body.length > 0 && { 'content-type': request.headers['content-type'] ?? '' }),
        },
        ...(body.length > 0 && { body: Buffer.concat(body) }),
        signal: left.signal,
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      for await (const part of answer.body ?? []) response.write(part);
      response.end();
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
