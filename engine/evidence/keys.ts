/** Ed25519 keys (RFC 8032) in PEM: PKCS #8 for the private one, SubjectPublicKeyInfo for the public one. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** What signs. The key object shows nothing of the key where it is printed. */
export interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

export interface VerifyingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The text is no key of the kind that is needed. Never says what the text is. */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
}

/** Throws `KeyProblem`. */
export function signingKey(pem: string): SigningKey {
  const key = read(() => createPrivateKey(pem), 'no private key in PEM without a passphrase');
  return { id: keyId(createPublicKey(key)), key };
}

/** A public key; of a private one its public half. Throws `KeyProblem`. */
export function verifyingKey(pem: string): VerifyingKey {
  const key = read(() => createPublicKey(pem), 'no key in PEM');
  return { id: keyId(key), key };
}

export function publicPem({ key }: SigningKey): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** A new private key, PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** 32 hex digits: the beginning of the SHA-256 of the public key's DER. */
function keyId(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 32);
}

function read(parse: () => KeyObject, problem: string): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    // The message of the library could quote the text.
    throw new KeyProblem(problem);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new KeyProblem(`a key of the type ${key.asymmetricKeyType ?? 'unknown'}, not ed25519`);
  return key;
}
