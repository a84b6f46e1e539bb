/** The client of a store is loaded when a place of its kind is first asked: nobody else waits for it, or needs it installed. */
import { ObjectFailure, type ObjectStore } from './object-store.js';
import type { BucketPlace } from './place.js';

/** Rejects with `ObjectFailure`. */
export async function openStore(place: BucketPlace): Promise<ObjectStore> {
  try {
    switch (place.kind) {
      case 's3':
        return await (await import('./s3.js')).openS3(place);
      case 'gcs':
        return await (await import('./gcs.js')).openGcs(place);
      case 'azure':
        return await (await import('./azure.js')).openAzure(place);
    }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!missing) throw error;
    throw new ObjectFailure('no-client', PACKAGES[place.kind], undefined, { cause: error });
  }
}

const PACKAGES: Readonly<Record<BucketPlace['kind'], string>> = {
  s3: '@aws-sdk/client-s3',
  gcs: 'google-auth-library',
  azure: '@azure/storage-blob @azure/identity',
};
