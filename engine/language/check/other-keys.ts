/** Keys as OpenTelemetry's conventions named them before, each with its name since. https://opentelemetry.io/docs/specs/semconv/non-normative/ */
const RENAMED: readonly (readonly [before: string, since: string])[] = [
  ['http.status_code', 'http.response.status_code'],
  ['http.method', 'http.request.method'],
  ['http.url', 'url.full'],
  ['http.target', 'url.path'],
  ['http.scheme', 'url.scheme'],
  ['http.client_ip', 'client.address'],
  ['http.user_agent', 'user_agent.original'],
  ['net.peer.name', 'server.address'],
  ['net.peer.port', 'server.port'],
  ['net.host.name', 'server.address'],
  ['net.host.port', 'server.port'],
  ['db.system', 'db.system.name'],
  ['db.statement', 'db.query.text'],
  ['db.operation', 'db.operation.name'],
  ['db.name', 'db.namespace'],
  ['db.sql.table', 'db.collection.name'],
  ['messaging.operation', 'messaging.operation.type'],
  ['deployment.environment', 'deployment.environment.name'],
  ['gen_ai.system', 'gen_ai.provider.name'],
];

/** What conventions call an attribute too: the name since, or the one before; without `attributes.`, which is no part of a key. */
export function renamed(key: string): readonly string[] {
  const [, inner] = /^(?:attributes|attribute|tags)\.(.+)$/u.exec(key) ?? [];
  if (inner !== undefined) return [inner];
  return RENAMED.flatMap(([before, since]) => (before === key ? [since] : since === key ? [before] : []));
}

/** The key of the same words joined otherwise: `tenantId`, `tenant_id` and `Tenant-ID` are `tenant.id`. */
export function sameWords(key: string, keys: Iterable<string>): string | undefined {
  const wanted = plain(key);
  for (const other of keys) if (plain(other) === wanted) return other;
  return undefined;
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[._-]/gu, '');
}
