import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { grafanaLink } from '../../extension/service/grafana.js';
import { problemText, Service } from '../../extension/service/service.js';
import { windowBack } from '../../extension/service/window.js';

let close: (() => void) | undefined;
afterEach(() => close?.());

async function serving(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const PROGRESS = { stage: 'reading', fraction: 0.5, blocks: 1, totalBlocks: 2, spans: 3 };

it('follows a replay to its result, with the token and the tenant', async () => {
  const seen: string[] = [];
  const url = await serving((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['x-scope-orgid']}`,
    );
    if (request.method === 'POST') response.end(JSON.stringify({ id: 'a b', status: 'waiting' }));
    else if (request.url?.endsWith('/events')) {
      response.write(
        `event: progress\ndata: ${JSON.stringify({ status: 'running', progress: PROGRESS })}\n\n`,
      );
      response.end(`event: end\ndata: ${JSON.stringify({ status: 'succeeded', progress: PROGRESS })}\n\n`);
    } else response.end('{"rules":[]}');
  });
  const states: string[] = [];
  const service = new Service({ url, token: 'secret', tenant: 'shop' });
  const result = await service.replay(
    { limit: 1 },
    ({ status }) => states.push(status),
    new AbortController().signal,
  );
  expect(result).toEqual({ rules: [] });
  expect(states).toEqual(['running', 'succeeded']);
  expect(seen).toEqual([
    'POST /betrace/v1/replays Bearer secret shop',
    'GET /betrace/v1/replays/a%20b/events Bearer secret shop',
    'GET /betrace/v1/replays/a%20b/result Bearer secret shop',
  ]);
});

it('asks for proposed rules, and ends that in the service where it is not wanted any more', async () => {
  const asked: string[] = [];
  let gone: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const url = await serving((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += String(chunk);
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${body}`);
      if (asked.length === 1) response.end('{"rules":[{"id":"a"}],"file":"rule a { }"}');
    });
    response.on('close', () => response.writableFinished || gone());
  });
  const service = new Service({ url });
  const found = await service.discover({ service: 'email' }, new AbortController().signal);
  expect(found).toEqual({ rules: [{ id: 'a' }], file: 'rule a { }' });
  expect(asked).toEqual(['POST /betrace/v1/discover {"service":"email"}']);
  const left = new AbortController();
  const unwanted = service.discover({}, left.signal);
  await expect.poll(() => asked.length).toBe(2);
  left.abort();
  await expect(unwanted).rejects.toThrow();
  await ended;
});

it('cancels a replay in the service too', async () => {
  const controller = new AbortController();
  const cancelled = new Promise<string | undefined>((resolve) => {
    void serving((request, response) => {
      if (request.method === 'DELETE') resolve(request.url);
      if (request.method === 'POST') response.end('{"id":"1","status":"waiting"}');
      else if (request.url?.endsWith('/events')) {
        response.write(': open\n\n');
        controller.abort();
      } else response.end('{}');
    }).then(async (url) => {
      await expect(
        new Service({ url }).replay({ limit: 1 }, () => undefined, controller.signal),
      ).rejects.toThrow();
    });
  });
  expect(await cancelled).toBe('/betrace/v1/replays/1');
});

it('does not carry a token after a redirect', async () => {
  const url = await serving((_, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  );
  await expect(new Service({ url, token: 'secret' }).info(new AbortController().signal)).rejects.toThrow();
});

it('says why the service refuses, however it says so', () => {
  expect(problemText(422, '{"title":"Unprocessable","detail":"the text has errors"}')).toBe(
    'the text has errors',
  );
  expect(problemText(400, 'invalid TraceQL query\n')).toBe('invalid TraceQL query');
  expect(problemText(502, '')).toBe('the service answers 502');
});

it('looks back from now', () => {
  expect(windowBack('24h', Date.parse('2026-01-02T00:00:00Z'))).toEqual({
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-02T00:00:00.000Z',
  });
  expect(windowBack(undefined, 0)).toEqual({});
  expect(windowBack('yesterday', 0)).toEqual({});
});

it('opens Grafana at the trace, and nothing that is no Grafana', () => {
  const spans = [{ start: 1_700_000_000_000_000_000n, duration: 5_000_000_000n }];
  const link = grafanaLink('https://g.example/', 'uid"&', 'ab12', spans);
  const panes = JSON.parse(new URL(link ?? '').searchParams.get('panes') ?? '') as unknown;
  expect(panes).toEqual({
    trace: {
      datasource: 'uid"&',
      queries: [
        { refId: 'A', datasource: { type: 'tempo', uid: 'uid"&' }, queryType: 'traceql', query: 'ab12' },
      ],
      range: { from: '1699999940000', to: '1700000065000' },
    },
  });
  expect(grafanaLink('javascript:alert(1)', 'tempo', 'ab12', spans)).toBeUndefined();
});
