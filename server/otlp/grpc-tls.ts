import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { FromFiles } from '../shared/from-files.js';
import type { TlsMaterial } from '../shared/tls-material.js';

type Provider = experimental.CertificateProvider;
type Listener = (material: TlsMaterial) => void;

/** What the files have at the time; with authorities, only clients whose certificate one of them has signed are let in. */
export function secureCredentials(tls: FromFiles<TlsMaterial>): ServerCredentials {
  const provider = providerOf(tls);
  const known = tls.current.ca !== undefined;
  // The types of 1.14 name the parameters the other way around: the first is asked for the certificate of the server.
  return experimental.createCertificateProviderServerCredentials(provider, known ? provider : null, known);
}

function providerOf(tls: FromFiles<TlsMaterial>): Provider {
  const stops = new Map<unknown, () => void>();
  const add = (key: unknown, listener: Listener): void => {
    stops.set(key, tls.onChange(listener));
    // The server listens to the credentials only after it has asked for the certificate.
    process.nextTick(() => listener(tls.current));
  };
  const remove = (key: unknown): void => {
    stops.get(key)?.();
    stops.delete(key);
  };
  return {
    addCaCertificateListener: (listener) =>
      add(listener, ({ ca }) => listener(ca === undefined ? null : { caCertificate: ca })),
    removeCaCertificateListener: remove,
    addIdentityCertificateListener: (listener) =>
      add(listener, ({ cert, key }) =>
        listener(cert === undefined || key === undefined ? null : { certificate: cert, privateKey: key }),
      ),
    removeIdentityCertificateListener: remove,
  };
}
