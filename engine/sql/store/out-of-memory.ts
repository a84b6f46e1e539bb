import { DIALECTS } from '../dialects/dialects.js';

/** Whether a statement failed because it did not fit in the memory that the database may use. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && DIALECTS.some(({ outOfMemory }) => error.message.includes(outOfMemory));
}
