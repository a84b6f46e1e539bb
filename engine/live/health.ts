/** How live judging is, for who routes requests and for who is on call. */
export interface LiveHealth {
  /** What of the log of spans is still to be taken up after a start; until then no request is taken. Absent once it is. */
  readonly recovering?: Recovering;
  /** Why nothing can be kept on disk, and so requests are refused; absent where it can. */
  readonly problem?: string;
}

export interface Recovering {
  readonly segments: number;
  readonly bytes: number;
}

/** Why requests are not taken at the moment, in one line; undefined where they are. */
export function notTaking({ recovering, problem }: LiveHealth): string | undefined {
  if (problem !== undefined) return problem;
  if (recovering === undefined) return undefined;
  const { segments, bytes } = recovering;
  return `recovering: ${segments} segments of the log, ${bytes} bytes, are still to be read`;
}
