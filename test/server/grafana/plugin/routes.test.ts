/** Who may do what through Grafana's proxy of data sources: the `routes` of plugin.json, matched as Grafana does. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MCP_PATH } from '../../../../server/mcp/router.js';
import { type Running, startKept } from '../../service/support.js';

interface Route {
  readonly path: string;
  readonly method?: string;
  readonly reqRole: string;
}

const { routes } = JSON.parse(readFileSync('server/grafana/plugin/datasource/plugin.json', 'utf8')) as {
  readonly routes: readonly Route[];
};

/** Of the first route with that method whose path the request's begins with (`validateRequest` in Grafana's `pluginproxy`); upper and lower case are two. */
function roleFor(method: string, path: string): string {
  const found = routes.find(
    (route) => (route.method ?? method) === method && path.slice(1).startsWith(route.path),
  );
  return found?.reqRole ?? 'Viewer';
}

let running: Running;
let requests: readonly (readonly [method: string, path: string])[];

beforeAll(async () => {
  running = await startKept();
  const { paths } = (await (await running.get('/betrace/v1/openapi.json')).json()) as {
    readonly paths: Readonly<Record<string, object>>;
  };
  requests = [
    ...Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(
        (method) => [method.toUpperCase(), `/betrace/v1${path.replace(/\{\w+\}/u, '1')}`] as const,
      ),
    ),
    ['POST', MCP_PATH],
  ];
});
afterAll(() => running.stop());

test('what keeps the service busy is for editors, and everything else for whoever may query', () => {
  const roles = requests
    .filter(([method]) => method !== 'GET')
    .map(([method, path]) => `${method} ${path} ${roleFor(method, path)}`);
  expect(roles.sort()).toEqual([
    'DELETE /betrace/v1/replays/1 Editor',
    'POST /api/mcp Editor',
    'POST /betrace/v1/discover Editor',
    'POST /betrace/v1/language Viewer',
    'POST /betrace/v1/replays Editor',
    'POST /betrace/v1/rules/check Viewer',
    'POST /betrace/v1/rules/explain Viewer',
  ]);
  for (const [method, path] of requests) if (method === 'GET') expect(roleFor(method, path)).toBe('Viewer');
});

test('the service answers to no other spelling of a path, for which no route would be found', async () => {
  expect(requests.length).toBeGreaterThan(15);
  for (const [method, path] of [...requests, ['GET', '/metrics'], ['GET', '/api/search/tags']] as const)
    for (const spelled of [
      path.toUpperCase(),
      path.replace(/\w$/u, (last) => last.toUpperCase()),
      `/${path}`,
    ]) {
      if (spelled === path) continue;
      const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
      const { status } = await fetch(`${running.url}${spelled}`, { method, ...body });
      expect([method, spelled, status]).toEqual([method, spelled, 404]);
    }
});
