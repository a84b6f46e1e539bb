/** `clickhouse://HOST:PORT?…`: the option `--engine`, or the setting `engine.address`. */
import type { BlocksPlace } from '../../engine/blocks/buckets/place.js';
import type { Locate } from '../../engine/spans/nested-blocks.js';
import { ENGINE_SETTINGS } from '../../engine/sql/nested.js';

/** What is wrong with an address, in words that follow the name of the option or setting. */
export class EngineAddressError extends Error {
  override readonly name = 'EngineAddressError';
}

export interface EngineAddress {
  /** `host` or `host:port`, one of each shard. */
  readonly hosts: readonly string[];
  readonly secure: boolean;
  readonly user?: string;
  /** Instead of one host: the shards that the first one knows by this name. */
  readonly cluster?: string;
  /** A named collection of the server with the address and the keys of the bucket. */
  readonly collection?: string;
  /** What the folder of blocks is called where the server looks for files. */
  readonly files?: string;
  /** Settings of ClickHouse for every statement. */
  readonly settings: Readonly<Record<string, string>>;
}

const EXAMPLE = 'clickhouse://HOST:8123, clickhouse://A:8123,B:8123 or clickhouse://HOST:8123?cluster=NAME';
const HTTP_PORT = 8123;
const HTTPS_PORT = 8443;

/** Throws `EngineAddressError`. */
export function parseEngine(text: string): EngineAddress {
  const [, who, where, query = ''] =
    /^clickhouse:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?(?:\?([^#]*))?$/.exec(text) ?? [];
  if (where === undefined) throw new EngineAddressError(`this is no address such as ${EXAMPLE}.`);
  if (who?.includes(':') === true)
    throw new EngineAddressError(
      'an address that others may see holds no password. It has a place of its own: CLICKHOUSE_PASSWORD, or BETRACE_ENGINE_PASSWORD of the service.',
    );
  const options = new URLSearchParams(query);
  const take = (option: string): string | undefined => {
    const value = options.get(option);
    options.delete(option);
    return value ?? undefined;
  };
  const secure = ['', '1', 'true'].includes(take('secure') ?? 'no');
  const [cluster, collection, files] = ['cluster', 'collection', 'files'].map(take);
  const hosts = where.split(',');
  for (const host of hosts)
    if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(host))
      throw new EngineAddressError(`"${host}" is no host. Write ${EXAMPLE}.`);
  if (cluster !== undefined && hosts.length > 1)
    throw new EngineAddressError('a cluster is asked by one of its hosts: leave out the others.');
  if (collection !== undefined && !/^[A-Za-z_]\w*$/.test(collection))
    throw new EngineAddressError(`"${collection}" is no name of a collection.`);
  for (const setting of options.keys()) {
    if (!/^[a-z][a-z0-9_]*$/.test(setting))
      throw new EngineAddressError(`"${setting}" is no setting of ClickHouse.`);
    if (ENGINE_SETTINGS.has(setting))
      throw new EngineAddressError(`${setting} is not for an address to say.`);
  }
  return {
    hosts,
    secure,
    ...(who === undefined || who === '' ? {} : { user: decodeURIComponent(who) }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(collection === undefined ? {} : { collection }),
    ...(files === undefined ? {} : { files }),
    settings: Object.fromEntries(options),
  };
}

/** The URL of a host. One of a cluster has no port, and the same as the host that was asked. */
export function urlOf({ secure, hosts }: EngineAddress, host: string): string {
  const port = /:(\d+)$/.exec(hosts[0] ?? '')?.[1] ?? (secure ? HTTPS_PORT : HTTP_PORT);
  const isIpv6 = !host.startsWith('[') && host.split(':').length > 2;
  const called = isIpv6 ? `[${host}]` : host;
  return `${secure ? 'https' : 'http'}://${/[^:\]]:\d+$|\]:\d+$/.test(called) ? called : `${called}:${port}`}`;
}

/** How the server opens what lies at a place. Throws `EngineAddressError` where only a collection could tell. */
export function locateIn(place: BlocksPlace, { collection, files }: EngineAddress): Locate {
  const key = (prefix: string, path: string): string => (prefix === '' ? path : `${prefix}/${path}`);
  switch (place.kind) {
    case 'local': {
      const root = files ?? place.directory;
      return (path) => ({ kind: 'file', path: `${root.replace(/\/+$/, '')}/${path}` });
    }
    case 's3': {
      if (collection !== undefined)
        return (path) => ({ kind: 's3 collection', collection, path: key(place.prefix, path) });
      const bucket = bucketUrl(place);
      return (path) => ({ kind: 's3', url: `${bucket}/${key(place.prefix, path)}` });
    }
    case 'gcs': {
      if (collection !== undefined)
        return (path) => ({ kind: 's3 collection', collection, path: key(place.prefix, path) });
      const bucket = `${storageRoot(place)}/${place.bucket}`;
      return (path) => ({ kind: 'gcs', url: `${bucket}/${key(place.prefix, path)}` });
    }
    case 'azure': {
      if (collection === undefined)
        throw new EngineAddressError(
          'ClickHouse reads a container of Azure by a named collection of its own: add ?collection=NAME.',
        );
      return (path) => ({ kind: 'azure collection', collection, path: key(place.prefix, path) });
    }
  }
}

/** Where objects have addresses of their own: the setting names the JSON API of the same host. */
function storageRoot({ endpoint }: Extract<BlocksPlace, { kind: 'gcs' }>): string {
  return endpoint === undefined
    ? 'https://storage.googleapis.com'
    : new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`).origin;
}

function bucketUrl({ bucket, endpoint, region, insecure }: Extract<BlocksPlace, { kind: 's3' }>): string {
  if (endpoint === undefined)
    return `https://${bucket}.s3.${region === undefined ? '' : `${region}.`}amazonaws.com`;
  const root = endpoint.includes('://') ? endpoint : `${insecure === true ? 'http' : 'https'}://${endpoint}`;
  return `${root.replace(/\/+$/, '')}/${bucket}`;
}
