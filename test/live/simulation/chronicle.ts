/** What happened in a seed, in order, how often what may go wrong did, and what was not to happen. */
export type Seen =
  | 'crashes'
  | 'violations'
  | 'retracted'
  | 'late'
  | 'too late'
  | 'evicted'
  | 'rule changes'
  | 'rules failed'
  | 'out of memory'
  | 'second processes'
  | 'waiting processes';

export class Chronicle {
  readonly history: string[] = [];
  readonly faults: string[] = [];
  readonly seen = {} as Record<Seen, number>;

  /** `now`: virtual milliseconds. */
  constructor(private readonly now: () => number) {}

  note(...words: readonly unknown[]): void {
    this.history.push(`${this.now()} ${words.join(' ')}`);
  }

  fault(fault: string): void {
    this.faults.push(fault);
    this.note('FAULT', fault);
  }

  count(what: Seen): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }
}
