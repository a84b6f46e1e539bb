import type { Storage } from './storage.js';
import { localStorage } from './storage-local.js';

/**
 * The storage at a place that a user names: a directory. Whoever opens storage calls this, so that a place of another kind, such
 * as the address of an object store, is known to the service and to every command at once.
 */
export function openStorage(place: string): Storage {
  return localStorage(place);
}
