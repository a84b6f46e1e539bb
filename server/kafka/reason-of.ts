import { messageOf } from '../../engine/shared/message-of.js';

/** What an error of the client comes from: what it says itself is how often it tried, and the reason of its last try is further in. */
export function reasonOf(error: unknown): string {
  const said = messageOf(error);
  const inner = innerOf(error);
  if (inner === undefined) return said;
  const reason = reasonOf(inner);
  return reason === said ? said : `${said.replace(/\.$/, '')}: ${reason}`;
}

function innerOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.at(-1);
  return error instanceof Error ? error.cause : undefined;
}
