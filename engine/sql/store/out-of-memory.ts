/** Whether a statement failed because it did not fit in the memory that the database may use. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && MESSAGES.some((message) => error.message.includes(message));
}

/** As each dialect says it. */
const MESSAGES = ['Out of Memory Error'];
