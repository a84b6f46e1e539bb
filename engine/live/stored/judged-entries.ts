import { messageOf } from '../../shared/message-of.js';
import type { OutboxEntry } from '../outbox/entry.js';
import type { Outbox } from '../outbox/outbox.js';
import { isIn, type TimeRange } from '../ownership/pieces.js';
import { CATCH_UP_NS } from '../windows/next-windows.js';
import type { JudgedUntil } from './judged-until.js';

export interface JudgedEntryPorts {
  readonly outbox: Pick<Outbox, 'entriesOf' | 'traces' | 'forget'>;
  readonly judged: JudgedUntil;
  /** Which keys of the outbox are of what is judged here. */
  readonly isOurs: (key: string) => boolean;
  readonly onProblem: (problem: string) => void;
}

/** How often it is looked for what need not be known any more although nothing was judged. */
const FORGET_NS = 3_600_000_000_000n;

/** What the outbox knows of violations that were found in stored blocks, or that these have the last word on. */
export class JudgedEntries {
  /** Whether the outbox may have some that are judged and need not be known any more. */
  private mayForget = true;
  private forgotNs = 0n;

  constructor(private readonly ports: JudgedEntryPorts) {}

  all(): readonly OutboxEntry[] {
    const { outbox, isOurs } = this.ports;
    return outbox
      .traces()
      .filter(isOurs)
      .flatMap((key) => [...outbox.entriesOf(key).values()]);
  }

  /** Those of a revision of a rule that end in the range. */
  of(
    tenant: string,
    { rule, revision }: Pick<OutboxEntry, 'rule' | 'revision'>,
    range: TimeRange,
  ): readonly OutboxEntry[] {
    const isOf = (entry: OutboxEntry): boolean =>
      entry.tenant === tenant && entry.rule === rule && entry.revision === revision;
    return this.all().filter(
      (entry) => isOf(entry) && entry.sees !== undefined && isIn({ sees: entry.sees }, range),
    );
  }

  /** Something was judged. */
  changed(): void {
    this.mayForget = true;
  }

  /**
   * What was recorded is not due again once that is on disk: until then, after a crash, the outbox has to know it. What was found early
   * has to be known until the stored blocks were asked; and where they never are, for as long as they may be. `settled`: nanoseconds since the
   * Unix epoch, up to which spans lie in blocks. Never rejects.
   */
  async keep(settled: bigint): Promise<void> {
    const { outbox, judged, onProblem } = this.ports;
    try {
      await judged.save();
      // Of tenants without blocks nothing is ever judged.
      if (!this.mayForget && settled < this.forgotNs + FORGET_NS) return;
      // A rule that is gone may come back, and then continues where it was.
      const isOver = ({ tenant, rule, revision, sees: [, end] = ['', '0'] }: OutboxEntry): boolean =>
        BigInt(end) <= (judged.of(tenant, rule, revision) ?? settled - CATCH_UP_NS);
      const over = this.all().filter(isOver);
      if (over.length > 0) await outbox.forget(over.map(({ trace }) => trace));
      this.mayForget = false;
      this.forgotNs = settled;
    } catch (error) {
      onProblem(`until when stored blocks were judged could not be kept: ${messageOf(error)}`);
    }
  }
}
