import { bucketStorage } from './buckets/bucket-storage.js';
import { openStore } from './buckets/open-store.js';
import { type BlocksPlace, DEFAULT_REQUESTS, type RequestSettings } from './buckets/place.js';
import type { Storage } from './storage.js';
import { localStorage } from './storage-local.js';

/**
 * The storage at a place: a directory, or a bucket. Whoever opens storage calls this, so that a place of another kind is known to the
 * service and to every command at once. Nothing is asked yet: what is wrong with a bucket shows with the first request.
 */
export function openStorage(place: BlocksPlace, settings: RequestSettings = DEFAULT_REQUESTS): Storage {
  if (place.kind === 'local') return localStorage(place.directory);
  return bucketStorage({ place, settings, open: () => openStore(place) });
}
