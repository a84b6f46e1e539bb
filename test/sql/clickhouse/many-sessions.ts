/** A server with several sessions at once, as ClickHouse has them: a process of chdb has one, so each session that asks for something gets one of several. */
import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestServer } from './servers.js';

export interface Asked {
  readonly session: string;
  readonly statement: string;
  readonly parameters: URLSearchParams;
}

export interface ManySessions extends TestServer {
  readonly asked: Asked[];
  /** Statements for which it holds get no answer. */
  holdIf(test: (statement: string) => boolean): void;
}

/** What a session answers that has asked for nothing yet: so it needs no process. */
const VERSION = '26.1.0.0';
const NO_TABLES = '["name"]\n["String"]\n';

/** At most as many sessions that ask for something at once as there are processes; servers may share these. `port`: where one was before. */
export async function startManySessions(processes: readonly TestServer[], port = 0): Promise<ManySessions> {
  const asked: Asked[] = [];
  const prepared = new Map<string, { readonly set: string; readonly search: string }>();
  const begun = new Set<string>();
  let holds = (_statement: string): boolean => false;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { searchParams: parameters, search } = new URL(request.url ?? '', 'http://localhost');
    const statement = (parameters.get('query') ?? '') + (await text(request));
    const session = parameters.get('session_id') ?? '';
    asked.push({ session, statement, parameters });
    if (statement.startsWith('KILL QUERY')) return void response.end();
    if (holds(statement)) return;
    if (!begun.has(session)) {
      if (statement === 'SELECT version()') return void response.end(`${VERSION}\n`);
      if (statement.includes('is_temporary')) return void response.end(NO_TABLES);
      if (statement.startsWith('SET ')) {
        prepared.set(session, { set: statement, search });
        return void response.end();
      }
      begun.add(session);
    }
    const host = processOf(session, processes);
    const first = prepared.get(session);
    if (first !== undefined) {
      prepared.delete(session);
      await fetch(`http://${host}/${first.search}`, {
        method: 'POST',
        body: first.set,
        headers: { connection: 'close' },
      });
    }
    const { headers, method } = request;
    const passed = ask(`http://${host}/${search}`, { method, headers: { ...headers, host } }, (result) => {
      response.writeHead(result.statusCode ?? 500, result.headers);
      result.pipe(response);
    });
    passed.on('error', () => response.destroy());
    const body = parameters.has('query') ? statement.slice(parameters.get('query')!.length) : statement;
    passed.end(body);
  };
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    holdIf: (test) => {
      holds = test;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Of a process, by its host: the session that was last asked for, and the order of that. */
const last = new Map<string, { readonly session: string; readonly turn: number }>();
let turn = 0;

function processOf(session: string, processes: readonly TestServer[]): string {
  const hosts = processes.map(({ host }) => host);
  const longestAgo = hosts.toSorted((a, b) => (last.get(a)?.turn ?? 0) - (last.get(b)?.turn ?? 0));
  const host = hosts.find((each) => last.get(each)?.session === session) ?? longestAgo[0]!;
  turn++;
  last.set(host, { session, turn });
  return host;
}
