/** Certificates and keys out of the files that are configured. */
import { createSecureContext } from 'node:tls';
import { type FilesOptions, type FromFiles, fromFiles } from './from-files.js';

/** PEM, as Node and gRPC take it. */
export interface TlsMaterial {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Authorities: of clients where the material is a server's, of the server where it is a client's. */
  readonly ca?: Buffer;
}

export interface TlsPaths {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Undefined where no file is configured. */
export async function tlsFromFiles(
  { certFile, keyFile, caFile }: TlsPaths,
  options: Omit<FilesOptions<TlsMaterial>, 'paths' | 'parse'>,
): Promise<FromFiles<TlsMaterial> | undefined> {
  const files = Object.entries({ cert: certFile, key: keyFile, ca: caFile }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (files.length === 0) return undefined;
  return await fromFiles({
    ...options,
    paths: files.map(([, path]) => path),
    parse: (texts) => {
      const material: TlsMaterial = Object.fromEntries(files.map(([name], n) => [name, texts[n]!]));
      // Throws where a text is no PEM, or the key is another certificate's: half of a pair that is being changed.
      createSecureContext(material);
      return material;
    },
  });
}

/** Material that does not change. */
export function fixedTls(material: TlsMaterial): FromFiles<TlsMaterial> {
  return { current: material, onChange: () => () => undefined, close: () => undefined };
}
