/** A request that cannot be carried out as it was typed. The command prints the message and exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
