/** Replicas that judge windows of one tenant, over a shared record that may answer late, not at all, or after it has written. */

import { LeasedRules } from '../../../engine/live/ownership/rule-ownership.js';
import type { SharedText } from '../../../engine/live/ownership/shared-text.js';
import { TenantLease } from '../../../engine/live/ownership/tenant-lease.js';

export const RULE = { id: 'r', revision: '1' };
export const TENANT = 't';
export const LEASE_MS = 30;

/** What a store with conditional writes does. */
export class Shared implements SharedText {
  text: string | undefined;
  version = 0;

  async read(): ReturnType<SharedText['read']> {
    return this.text === undefined ? undefined : { text: this.text, version: String(this.version) };
  }

  async write(text: string, version: string | undefined): ReturnType<SharedText['write']> {
    const current = this.text === undefined ? undefined : String(this.version);
    if (version !== current) return 'changed';
    this.text = text;
    this.version++;
    return { version: String(this.version) };
  }
}

/** A process dies at one of these places, or continues. */
export type Death = 'before the claim' | 'after the claim' | 'in the outbox' | undefined;
export type Answer = 'answers' | 'fails' | 'is lost';

/** What survives of a replica is what it has reported (its outbox), and up to where it has judged. */
export class Replica {
  readonly reported: bigint[] = [];
  private judged: bigint | undefined;
  private sessions = 0;
  private lease!: TenantLease;
  private windows!: LeasedRules;
  /** What comes of the next requests. */
  answers: Answer[] = [];
  now = 0;

  constructor(
    readonly name: string,
    private readonly shared: SharedText,
  ) {
    this.start();
  }

  start(): void {
    const next = async <T>(work: () => Promise<T>): Promise<T> => {
      const answer = this.answers.shift() ?? 'answers';
      if (answer === 'fails') throw new Error('no answer');
      const result = await work();
      if (answer === 'is lost') throw new Error('the answer is lost');
      return result;
    };
    const shared: SharedText = {
      read: () => next(() => this.shared.read()),
      // A client tries again: what its first try has written is "changed" then.
      write: (text, version) =>
        next(() => this.shared.write(text, version)).catch(async (error: Error) => {
          if (error.message !== 'the answer is lost') throw error;
          return await next(() => this.shared.write(text, version));
        }),
    };
    this.lease = new TenantLease({
      ...{ shared, replica: this.name, session: `${this.name} ${++this.sessions}`, leaseMs: LEASE_MS },
      now: () => this.now,
      onProblem: () => undefined,
      onChange: () => undefined,
    });
    this.windows = new LeasedRules(() => this.lease);
  }

  get isOwner(): boolean {
    return this.lease.isOwner;
  }

  get openClaims(): TenantLease['openClaims'] {
    return this.lease.openClaims;
  }

  async renew(): Promise<void> {
    await this.lease.renew();
  }

  async release(): Promise<void> {
    await this.lease.release();
  }

  /** Judges what is due of the windows that end at 1, 2, … `settled`, as `WindowWatch` does; `paused` is what happens between judging and the claim. */
  async judge(
    settled: bigint,
    death: Death,
    paused: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const own = this.windows.rangeOf(TENANT, RULE, this.judged);
    if (own === undefined) return;
    const end = own.before !== undefined && own.before < settled ? own.before : settled;
    const from = own.until ?? end - 1n;
    if (from >= end) return;
    await paused();
    if (death === 'before the claim') return this.start();
    const isMine = await this.windows.claim(TENANT, [{ rule: RULE, own, from, until: end }]);
    if (!isMine) return;
    if (death === 'after the claim') return this.start();
    // As in the outbox: what is there already is not reported again.
    for (let window = from + 1n; window <= end; window++)
      if (!this.reported.includes(window)) this.reported.push(window);
    if (death === 'in the outbox') return this.start();
    this.judged = end;
    this.windows.settled(TENANT, RULE, end);
  }
}
