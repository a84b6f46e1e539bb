/** What a failed request means for whoever reads blocks: which bucket, which object, and what to do. */
import { messageOf } from '../../shared/message-of.js';
import { StorageError, type StorageErrorKind } from '../storage.js';
import { ObjectFailure, type ObjectFailureKind } from './object-store.js';
import { addressOf, type BucketPlace } from './place.js';

interface Asked {
  readonly place: BucketPlace;
  readonly path: string;
  readonly tries: number;
  readonly identity: string | undefined;
}

export function storageErrorOf(error: unknown, asked: Asked): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof ObjectFailure)
    return new StorageError(KINDS[error.kind], asked.path, textOf(error, asked), { cause: error });
  return new StorageError('io', asked.path, `cannot be read: ${messageOf(error)}`, { cause: error });
}

const KINDS: Readonly<Record<ObjectFailureKind, StorageErrorKind>> = {
  missing: 'not-found',
  'no-bucket': 'no-bucket',
  denied: 'denied',
  credentials: 'credentials',
  expired: 'denied',
  range: 'range',
  busy: 'busy',
  'no-client': 'no-client',
  refused: 'io',
};

/** After the path in a sentence. */
function textOf({ kind, what }: ObjectFailure, { place, tries, identity }: Asked): string {
  const bucket = bucketText(place);
  const by = identity === undefined ? '' : ` with ${identity}`;
  switch (kind) {
    case 'missing':
      return 'does not exist';
    case 'no-bucket':
      return `cannot be read: there is no ${bucket} (${what}): look at the address, the region and the endpoint`;
    case 'denied':
      return `may not be read from ${bucket}${by} (${what}): allow ${RIGHTS[place.kind]}, or give other credentials`;
    case 'credentials':
      return `cannot be read from ${bucket}: no credentials were found (${what}): ${CREDENTIALS[place.kind]}`;
    case 'expired':
      return `cannot be read from ${bucket}${by}, which it does not know, or no more (${what}): look whether they have run out, or give others`;
    case 'range':
      return `is not as long as it should be (${what})`;
    case 'busy':
      return `could not be read from ${bucket} in ${tries} tries (${what}): look whether it is reached from here, and try again`;
    case 'no-client':
      return `cannot be read from ${bucket}: its client is not installed: npm install ${what}`;
    case 'refused':
      return `cannot be read from ${bucket} (${what})`;
  }
}

function bucketText(place: BucketPlace): string {
  const root = addressOf({ ...place, prefix: '' });
  const endpoint = place.endpoint === undefined ? '' : ` at ${withoutUser(place.endpoint)}`;
  return `${place.kind === 'azure' ? 'container' : 'bucket'} ${root}${endpoint}`;
}

/** An endpoint may have been given with a user and a password. */
function withoutUser(endpoint: string): string {
  return endpoint.replace(/\/\/[^@/]*@/, '//');
}

const RIGHTS: Readonly<Record<BucketPlace['kind'], string>> = {
  s3: 's3:ListBucket on the bucket and s3:GetObject on its objects',
  gcs: 'storage.objects.list and storage.objects.get (the role Storage Object Viewer)',
  azure: 'the role Storage Blob Data Reader, or give the key of the account',
};

const CREDENTIALS: Readonly<Record<BucketPlace['kind'], string>> = {
  s3: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, give the process a role, or set storage.s3.access_key and storage.s3.secret_key',
  gcs: 'set GOOGLE_APPLICATION_CREDENTIALS, run where there is a service account, or set storage.gcs.insecure for a public bucket',
  azure:
    'set AZURE_STORAGE_KEY, give the process an identity, or set storage.azure.account_key or storage.azure.identity',
};
