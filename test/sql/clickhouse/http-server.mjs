/**
 * Requests to ClickHouse by HTTP, answered by chdb in a process of its own: `node http-server.mjs CHDB_MODULE`. It prints its port.
 *
 * ClickHouse's own are: every statement, its settings, bounds, errors, temporary tables. Emulated are, as chdb has none: HTTP itself (parameters of the
 * address as settings, the code of an error in a header, the answer whole or not at all), users (`CLICKHOUSE_USERS`, JSON of passwords), sessions (one
 * at a time, with its time-out), `system.clusters` (`CLICKHOUSE_CLUSTERS`, JSON of lists of hosts), and `KILL QUERY`, which does nothing.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const { Session } = createRequire(import.meta.url)(process.argv[2]);
const users =
  process.env.CLICKHOUSE_USERS === undefined ? undefined : JSON.parse(process.env.CLICKHOUSE_USERS);
const clusters = JSON.parse(process.env.CLICKHOUSE_CLUSTERS ?? '{}');
const RESERVED = new Set([
  'session_id',
  'session_timeout',
  'session_check',
  'query_id',
  'query',
  'database',
  'wait_end_of_query',
  'default_format',
]);

let session = new Session();
let owner;
let lapse;

/** Tables of the one before are gone. */
function begin(id, seconds) {
  clearTimeout(lapse);
  if (owner !== id) {
    session.close();
    session = new Session();
    owner = id;
  }
  lapse = setTimeout(() => begin(undefined, 3600), seconds * 1000);
  lapse.unref();
}

const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  let statement = searchParams.get('query') ?? '';
  for await (const part of request) statement += part;
  const fail = (status, text) => {
    const [, code = '0'] = /Code: (\d+)/.exec(text) ?? [];
    response.writeHead(status, { 'x-clickhouse-exception-code': code, 'content-type': 'text/plain' });
    response.end(text);
  };
  const [user, password] = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  if (users !== undefined && users[user] !== password)
    return fail(
      403,
      `Code: 516. DB::Exception: ${user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
    );
  if (statement.startsWith('KILL QUERY')) return response.end();
  const [, cluster] = /FROM system\.clusters WHERE cluster = '(.*?)'/.exec(statement) ?? [];
  if (cluster !== undefined)
    return response.end((clusters[cluster] ?? []).map((host) => `${host}\n`).join(''));
  try {
    begin(searchParams.get('session_id') ?? undefined, Number(searchParams.get('session_timeout') ?? 60));
    for (const [setting, value] of searchParams)
      if (!RESERVED.has(setting))
        session.query(`SET ${setting} = '${value.replaceAll("'", "\\'")}'`, 'TabSeparated');
    response.end(session.query(statement, 'TabSeparated'));
  } catch (error) {
    fail(500, String(error.message).replace(/^Query failed: /, ''));
  }
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('SIGTERM', () => {
  session.close();
  process.exit();
});
