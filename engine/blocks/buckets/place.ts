/** Where blocks lie, as settings: a directory, or a bucket with what it takes to read it. */

/** A directory of this machine. */
export interface LocalPlace {
  readonly kind: 'local';
  readonly directory: string;
}

/** Amazon S3, and what speaks its protocol: MinIO, Ceph, R2, S3Proxy. */
export interface S3Place {
  readonly kind: 's3';
  readonly bucket: string;
  readonly prefix: string;
  /** Host and port, or a whole URL; that of AWS without it. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly sessionToken?: string;
  /** HTTP instead of HTTPS where the endpoint does not say. */
  readonly insecure?: boolean;
  /** The bucket in the path instead of in the host; by default where the endpoint is not that of AWS. */
  readonly pathStyle?: boolean;
  /** What objects were encrypted with (SSE-C): 32 bytes as text. */
  readonly customerKey?: string;
  readonly tls?: TlsSettings;
}

/** Files in PEM. */
export interface TlsSettings {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  readonly skipVerify?: boolean;
}

export interface GcsPlace {
  readonly kind: 'gcs';
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint?: string;
  /** Asks without credentials: for emulators and public buckets. */
  readonly insecure?: boolean;
  /** Whether objects are written there: credentials are asked for no more than is needed. */
  readonly writes?: boolean;
}

export interface AzurePlace {
  readonly kind: 'azure';
  readonly account: string;
  readonly container: string;
  readonly prefix: string;
  readonly accountKey?: string;
  /** `blob.core.windows.net` by default; another host, with a port perhaps, is an emulator, which is asked by HTTP. */
  readonly endpoint?: string;
  readonly identity?: AzureIdentity;
  /** Of a user-assigned identity. */
  readonly clientId?: string;
}

/**
 * - `key`: the account's key, from the settings or the environment
 * - `federated`: a token that Kubernetes gives (workload identity)
 * - `managed`: the identity of the machine or the container
 * - `default`: whatever the Azure SDK finds, in its own order
 */
export const AZURE_IDENTITIES = ['key', 'federated', 'managed', 'default'] as const;
export type AzureIdentity = (typeof AZURE_IDENTITIES)[number];

export type BucketPlace = S3Place | GcsPlace | AzurePlace;
export type BlocksPlace = LocalPlace | BucketPlace;

/** How a bucket is asked, whichever it is. */
export interface RequestSettings {
  /** How often a request is made before it counts as failed. */
  readonly tries: number;
  /** Milliseconds after which an attempt that has not been answered is given up. */
  readonly timeoutMs: number;
  /** Milliseconds after which a small read is asked for once more; 0 never; absent: by what reads took until now. */
  readonly hedgeAfterMs?: number;
  /** Requests for the same bytes at once, the first included. */
  readonly hedgeUpTo: number;
  /** Listings of one tenant at once. */
  readonly listings: number;
  /** Bytes of answers that are awaited at once, about. */
  readonly bytesAtOnce: number;
  /** Parts of an object that all lie within so many bytes are asked for with one request where few bytes of many places are wanted. */
  readonly joinWithin: number;
}

export const DEFAULT_REQUESTS: RequestSettings = {
  tries: 5,
  timeoutMs: 30_000,
  hedgeUpTo: 2,
  listings: 16,
  bytesAtOnce: 128 * 1024 * 1024,
  joinWithin: 16 * 1024 * 1024,
};

/** Says what is wrong with an address, without the address. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/** How addresses of buckets begin. */
export const SCHEMES = { s3: 's3', gs: 'gcs', azblob: 'azure' } as const;

/** A place as users write it: `s3://bucket/prefix`, `gs://bucket/prefix`, `azblob://account/container/prefix`, or a directory. Throws `AddressError`. */
export function parsePlace(text: string): BlocksPlace {
  const match = /^([a-z][a-z0-9+.-]+):\/\/(.*)$/i.exec(text);
  if (match === null) return { kind: 'local', directory: text };
  const [, scheme = '', rest = ''] = match;
  const [first = '', ...parts] = rest.split('/').filter((part) => part !== '');
  if (/[?#@]/.test(rest))
    throw new AddressError('holds a "?", "#" or "@": keys and options are settings, not part of the address');
  const kind = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme as keyof typeof SCHEMES] : undefined;
  switch (kind) {
    case 's3':
    case 'gcs':
      if (!/^[a-z0-9][a-z0-9._-]{1,221}$/.test(first))
        throw new AddressError(
          `names no bucket: ${scheme}://BUCKET or ${scheme}://BUCKET/PREFIX is expected`,
        );
      return { kind, bucket: first, prefix: parts.join('/') };
    case 'azure': {
      const [container = '', ...prefix] = parts;
      if (!/^[a-z0-9]{3,24}$/.test(first) || !/^[a-z0-9$][a-z0-9-]{1,62}$/.test(container))
        throw new AddressError(
          'names no account and container: azblob://ACCOUNT/CONTAINER or azblob://ACCOUNT/CONTAINER/PREFIX is expected',
        );
      return { kind, account: first, container, prefix: prefix.join('/') };
    }
    case undefined:
      throw new AddressError(
        `begins with "${scheme}://", which is none of ${Object.keys(SCHEMES)
          .map((name) => `${name}://`)
          .join(', ')}; a directory is named without any`,
      );
  }
}

/** The address of a place, without any secret. */
export function addressOf(place: BlocksPlace): string {
  switch (place.kind) {
    case 'local':
      return place.directory;
    case 's3':
      return joined('s3:/', place.bucket, place.prefix);
    case 'gcs':
      return joined('gs:/', place.bucket, place.prefix);
    case 'azure':
      return joined('azblob:/', place.account, place.container, place.prefix);
  }
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
