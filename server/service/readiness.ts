/** What the service needs to do its work, part by part, for who routes requests to it and for who is on call. */
import type { Readiness, ReadinessPart } from '../http/health.js';

export interface PartCheck {
  readonly name: string;
  /** Whether requests are to go elsewhere while it fails. */
  readonly needed: boolean;
  /** What to do when it fails. */
  readonly cure: string;
  /** Why it fails; undefined where it does not. */
  readonly problem: () => string | undefined;
}

/** How often parts are looked at, so that it is known since when they are as they are. */
const EVERY_MS = 1_000;

export interface WatchedReadiness extends Readiness {
  close(): void;
}

export function watchReadiness(checks: readonly PartCheck[]): WatchedReadiness {
  const begun = new Date().toISOString();
  const states = new Map(checks.map(({ name }) => [name, { failing: false, since: begun }]));
  const parts = (): readonly ReadinessPart[] =>
    checks.map(({ name, needed, cure, problem }) => {
      const reason = problem();
      const failing = reason !== undefined;
      const known = states.get(name);
      const state = known?.failing === failing ? known : { failing, since: new Date().toISOString() };
      states.set(name, state);
      const { since } = state;
      return reason === undefined
        ? { name, state: 'ok', needed, since }
        : { name, state: 'failing', needed, since, reason, cure };
    });
  const timer = setInterval(parts, EVERY_MS);
  timer.unref();
  return {
    parts,
    reason: () => {
      for (const { needed, problem } of checks) {
        const reason = needed ? problem() : undefined;
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
    close: () => clearInterval(timer),
  };
}
