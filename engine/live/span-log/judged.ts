/** What the log says was judged before: a trace with that many spans, by which rules. */
import type { Basis } from '../traces/open-trace.js';
import type { JudgedTraces } from './record.js';

export interface JudgedBefore {
  /** How many spans the trace had. */
  readonly spans: number;
  /** Names the set of rules … */
  readonly rules: string;
  /** … and those groups of it that have judged. */
  readonly groups: ReadonlySet<string>;
  /** By `ServedClock`. */
  readonly at: number;
  readonly basis: Basis;
  /** Whether that closed the trace: all rules had judged it. */
  readonly closed: boolean;
  /** How many spans the trace had when it was closed first; undefined where it was not. */
  readonly closedWith: number | undefined;
}

/** Of each trace that is not over, what was judged last. */
export class JudgedLog {
  private readonly byTrace = new Map<string, JudgedBefore & { readonly groups: Set<string> }>();

  add({ at: position, rules, group, traces }: JudgedTraces): void {
    for (const { key, spans, basis, closed } of traces) {
      const known = this.byTrace.get(key);
      const same = known?.spans === spans && known.rules === rules ? known : undefined;
      const groups = same?.groups ?? new Set<string>();
      groups.add(group);
      const closedWith = known?.closedWith ?? (closed ? spans : undefined);
      this.byTrace.set(key, {
        ...{ spans, rules, groups, at: position, basis, closedWith },
        closed: closed || same?.closed === true,
      });
    }
  }

  get(key: string): JudgedBefore | undefined {
    return this.byTrace.get(key);
  }

  forget(key: string): void {
    this.byTrace.delete(key);
  }

  /** Forgets all but these. */
  retain(keys: ReadonlyMap<string, unknown>): void {
    for (const key of this.byTrace.keys()) if (!keys.has(key)) this.byTrace.delete(key);
  }
}
