/** Settings of TLS that several sections have. */

const AUTHORITY = 'The authority that signed the endpoint’s certificate, PEM, where it is no public one.';
const CLIENT_KEY = 'The private key of that certificate, PEM.';

/** Of a connection that the service makes. `certificate` says more of the certificate that is shown (mTLS). */
export function clientTls(certificate: string) {
  return {
    ca_file: { type: 'string', minLength: 1, description: AUTHORITY },
    cert_file: { type: 'string', minLength: 1, description: certificate },
    key_file: { type: 'string', minLength: 1, description: CLIENT_KEY },
  } as const;
}

/** Of a port that the service listens on. */
export const SERVER_TLS = {
  cert_file: { type: 'string', minLength: 1, description: 'The certificate with its chain, PEM.' },
  key_file: { type: 'string', minLength: 1, description: 'The private key of the certificate, PEM.' },
} as const;
