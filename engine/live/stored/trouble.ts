import type { RulePlan } from '../../plan/plan.js';
import { messageOf } from '../../shared/message-of.js';
import type { LiveCounters } from '../counters.js';
import { Attempts } from './attempts.js';

export interface TroublePorts {
  /** Milliseconds since the Unix epoch. */
  readonly wall: () => number;
  readonly counters: LiveCounters;
  readonly onProblem: (message: string) => void;
}

export interface UnreadBlock {
  readonly blockId?: string;
  readonly code: string;
  readonly message: string;
}

type OfRule = Pick<RulePlan, 'id' | 'settings'>;

/** After so many failures in a row a rule counts as stopped, though it is tried again now and then, and is judged without the blocks that cannot be read. */
const MOST_FAILURES = 3;
/** Blocks known as lost; with more all are tried anew. */
const MOST_LOST = 10_000;

/** What keeps rules from being judged over stored blocks: when they are tried again, and what was said of it. */
export class Trouble {
  private readonly attempts = new Attempts();
  /** How often in a row a rule failed for a tenant, by `keyOf`. */
  private readonly failures = new Map<string, number>();
  /** Blocks that could not be read again and again. */
  private readonly lost = new Set<string>();
  /** What was last reported, by subject. */
  private readonly reported = new Map<string, string>();

  constructor(
    private readonly ports: TroublePorts,
    /** What is judged, in problems: `windows of rules`. */
    private readonly what: string,
  ) {}

  /** The rules are others: those that were stopped are tried again. */
  restart(rules: readonly OfRule[]): void {
    const ids = new Set(rules.map(({ id }) => id));
    for (const counts of this.ports.counters.rules.values()) if (ids.has(counts.rule)) delete counts.stopped;
    this.attempts.clear();
    this.failures.clear();
    this.reported.clear();
  }

  allows(tenant: string, rule: OfRule): boolean {
    return this.attempts.allows(keyOf(tenant, rule), this.ports.wall());
  }

  /** They could not be judged, which says nothing of them: they wait, and are not stopped for it. */
  failedAll(tenant: string, rules: readonly OfRule[], error: unknown): void {
    this.wait(tenant, rules);
    this.tell(`${tenant} error`, `${this.what}, tenant ${tenant}: ${messageOf(error)}`);
  }

  /** What was found is another replica's to report. */
  notOurs(tenant: string, rules: readonly OfRule[]): void {
    this.wait(tenant, rules);
    this.tell(`${tenant} claim`, `${this.what}, tenant ${tenant}: another replica judges them now`);
  }

  ours(tenant: string): void {
    this.reported.delete(`${tenant} claim`);
  }

  /** All of it was kept. */
  over(tenant: string): void {
    this.reported.delete(`${tenant} error`);
  }

  failed(tenant: string, rule: OfRule, message: string): void {
    const { counters, wall } = this.ports;
    const key = keyOf(tenant, rule);
    counters.cost(rule.id).failures++;
    this.attempts.fail(key, wall());
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    const stopped = failures >= MOST_FAILURES;
    if (stopped) counters.of(tenant, rule.id, rule.settings.severity).stopped = message;
    const end = stopped ? '; it is tried again every ten minutes' : '';
    this.tell(key, `${rule.id}, tenant ${tenant}: ${message}${end}`);
  }

  judged(tenant: string, rule: OfRule): void {
    const key = keyOf(tenant, rule);
    this.attempts.succeed(key);
    this.failures.delete(key);
    this.reported.delete(key);
    const counts = this.ports.counters.of(tenant, rule.id, rule.settings.severity);
    if (counts.stopped === undefined) return;
    delete counts.stopped;
    this.ports.onProblem(`${rule.id}, tenant ${tenant}: is judged again`);
  }

  /** Whether blocks cannot be read. They may be readable soon: throws, until that has been tried often enough. */
  lacks(tenant: string, rules: readonly OfRule[], unread: readonly UnreadBlock[]): boolean {
    const fresh = unread.filter(({ blockId = '' }) => !this.lost.has(`${tenant} ${blockId}`));
    const [first] = fresh;
    if (first === undefined) return unread.length > 0;
    const blocksText = `${fresh.length === 1 ? 'a block' : `${fresh.length} blocks`} (${first.blockId ?? ''} ${first.code}: ${first.message})`;
    if (rules.some((rule) => this.attempts.failures(keyOf(tenant, rule)) < MOST_FAILURES))
      throw new Error(`${blocksText} cannot be read`);
    if (this.lost.size > MOST_LOST) this.lost.clear();
    for (const { blockId = '' } of fresh) this.lost.add(`${tenant} ${blockId}`);
    this.ports.onProblem(`${this.what}, tenant ${tenant}: judged without ${blocksText} that cannot be read`);
    return true;
  }

  /** Says of a rule what is no failure, once for as long as it stays the same. */
  tellOf(tenant: string, { id }: OfRule, about: string, problem: string): void {
    this.tell(`${tenant} ${id} ${about}`, `${id}, tenant ${tenant}: ${problem}`);
  }

  /** Once for as long as it stays the same. */
  tell(about: string, problem: string): void {
    if (problem !== this.reported.get(about)) this.ports.onProblem(problem);
    this.reported.set(about, problem);
  }

  private wait(tenant: string, rules: readonly OfRule[]): void {
    for (const rule of rules) this.attempts.fail(keyOf(tenant, rule), this.ports.wall());
  }
}

function keyOf(tenant: string, { id }: OfRule): string {
  return `${tenant} ${id}`;
}
