/**
 * One owner for a tenant, of replicas that share nothing but a small object (`owner-record.ts`).
 *
 * Windows of rules over many traces are claimed by their ends, cases of rules across traces by their times: what follows says windows of both.
 *
 * **Who reports a violation is decided by the store, not by a clock.** Before a window is reported, its owner claims it: one conditional write
 * moves the mark up to which windows are claimed, and succeeds only over the version that its writer has read. So each window is claimed by one
 * replica, whatever was paused, cut off or restarted meanwhile; one that has lost its lease cannot claim, and drops what it has judged.
 *
 * **The lease decides only who tries.** An owner writes the record now and then; a replica that has seen it unchanged for the length of a lease, by
 * its own clock alone, takes over where the marks are. No times are compared between machines: a lease that is judged wrongly costs
 * work that is thrown away, never a violation that is reported twice.
 *
 * **A claim is the claimant's for good.** A replica that dies between its claim and its outbox leaves the claim open in the record, and reports those windows when
 * it is back (its folder knows what is in its outbox); nobody else can know whether it did. One whose folder is lost takes its open claims along: they stay
 * in the record and are counted, so that somebody replays them.
 */
import { messageOf } from '../../shared/message-of.js';
import {
  type ClaimMark,
  isOfRule,
  NO_RECORD,
  type OpenClaim,
  type OwnerRecord,
  type RuleRevision,
  recordIn,
  recordText,
} from './owner-record.js';
import { overlaps, type Piece, withoutRange } from './pieces.js';
import { type RecheckPart, recheckRevision } from './rechecks.js';
import type { SharedText } from './shared-text.js';

export interface LeaseOptions {
  readonly shared: SharedText;
  /** Of the folder that this process owns: another process with it has ended. */
  readonly replica: string;
  /** Of this process: no other has it. */
  readonly session: string;
  /** Milliseconds that pass evenly. */
  readonly now: () => number;
  readonly leaseMs: number;
  readonly onProblem: (message: string) => void;
  /** Called when this process has become the owner, or is it no more. */
  readonly onChange: (isOwner: boolean) => void;
}

export interface Claim extends RuleRevision {
  /** Nanoseconds since the Unix epoch: windows that end later, and up to `until`, are claimed. */
  readonly from: bigint;
  readonly until: bigint;
  /** What becomes of the pieces that are to be judged once more; they stay as they are without it. */
  readonly change?: (pieces: readonly Piece[]) => readonly Piece[];
}

interface SettledClaim extends RuleRevision {
  readonly until: bigint;
}

/** Marks of rules that were last judged longer ago, in nanoseconds, are dropped. */
const KEPT_NS = 400n * 86_400_000_000_000n;
/** Of rules that are gone: they would take the room of others. */
const PIECES_KEPT_NS = 90n * 86_400_000_000_000n;

export class TenantLease {
  private record: OwnerRecord = NO_RECORD;
  private version: string | undefined;
  /** When the record was first seen as it is. */
  private seenAt: number;
  /** Until when others must have let this process be the owner. */
  private heldUntil = Number.NEGATIVE_INFINITY;
  private wasOwner = false;
  /** Claims of this replica that the record still has, and that are in its outbox. */
  private settledClaims: readonly SettledClaim[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LeaseOptions) {
    this.seenAt = options.now();
  }

  /** Whether windows may be judged here. Whether they are reported is decided by `claim`. */
  get isOwner(): boolean {
    return this.isMine && this.options.now() < this.heldUntil;
  }

  /** Claims that are open, by whether they are of this replica. */
  get openClaims(): { readonly own: readonly OpenClaim[]; readonly others: readonly OpenClaim[] } {
    const { claims } = this.record;
    const isOwn = ({ replica }: OpenClaim): boolean => replica === this.options.replica;
    return { own: claims.filter(isOwn), others: claims.filter((claim) => !isOwn(claim)) };
  }

  /** Up to where windows of the rule have been claimed by anybody; undefined where none was. */
  markOf(rule: RuleRevision): bigint | undefined {
    const mark = this.record.marks.find((known) => isOfRule(known, rule));
    return mark === undefined ? undefined : BigInt(mark.until);
  }

  /** What of the rule is to be judged once more; of all rules without it. */
  piecesOf(rule?: RuleRevision): readonly Piece[] {
    return this.record.marks
      .filter((known) => rule === undefined || isOfRule(known, rule))
      .flatMap(({ pieces = [] }) => pieces);
  }

  /** Stays the owner, or becomes it where nobody is. To be called several times in the length of a lease. Never rejects. */
  async renew(): Promise<void> {
    await this.inTurn(async () => {
      const { now, leaseMs, replica } = this.options;
      if (this.isMine && (await this.write({}))) return;
      await this.look();
      const { owner } = this.record;
      const isFree = owner === undefined || owner.replica === replica || now() - this.seenAt >= leaseMs;
      if (this.isMine) return;
      if (isFree) await this.write({});
      else if (this.openClaims.own.some((claim) => this.isSettled(claim))) await this.write({ owner });
    });
  }

  /**
   * Makes windows those of this process, or returns false: then they are another's, and nothing of them may be reported. Resolves once the store has
   * decided. Never rejects: false where the store cannot be reached.
   */
  async claim(claims: readonly Claim[]): Promise<boolean> {
    const { replica } = this.options;
    const claimed = await this.inTurn(async () => {
      if (!this.isMine) return false;
      // Of a window that is claimed already nothing is known here.
      if (claims.some((claim) => (this.markOf(claim) ?? claim.from) > claim.from)) return false;
      const isOther = (known: ClaimMark): boolean => !claims.some((claim) => isOfRule(claim, known));
      const latest = claims.at(-1)?.until ?? 0n;
      const isRecent = ({ until }: ClaimMark): boolean => BigInt(until) > latest - KEPT_NS;
      const marks = claims.map((claim) => this.markAfter(claim));
      const open = claims.map(({ rule, revision, from, until }) => ({
        ...{ rule, revision, replica, from: `${from}`, until: `${until}` },
      }));
      // Nobody judges a rule any more as it was before it changed.
      const current = ({ pieces = [], ...mark }: ClaimMark): ClaimMark => {
        const isPast = claims.some(({ rule }) => rule === mark.rule);
        return withPieces(
          mark,
          isPast ? [] : pieces.filter(({ until }) => BigInt(until) > latest - PIECES_KEPT_NS),
        );
      };
      return await this.write({
        marks: [...this.record.marks.filter(isOther).filter(isRecent).map(current), ...marks],
        claims: open,
      });
    });
    return claimed ?? false;
  }

  /** Changes what was reported of claims that this replica has open: it has judged them anew. Never rejects. */
  async restate(claims: readonly Claim[]): Promise<boolean> {
    const restated = await this.inTurn(async () => {
      const marks = this.record.marks.map((mark) =>
        claims
          .filter((claim) => isOfRule(claim, mark))
          .reduce((changed, { change = same }) => withPieces(changed, change(changed.pieces ?? [])), mark),
      );
      return await this.write({ marks, owner: this.record.owner ?? 'nobody' });
    });
    return restated ?? false;
  }

  /** As `claim`, of what is judged once more: what was reported of it is in the claim from then on, and of what is lost nowhere. */
  async recheck(parts: readonly (RuleRevision & RecheckPart)[]): Promise<boolean> {
    const { replica } = this.options;
    const claimed = await this.inTurn(async () => {
      const isThere = (part: RuleRevision & RecheckPart): boolean =>
        this.piecesOf(part).some((piece) => overlaps(piece, part));
      if (!this.isMine || !parts.every(isThere)) return false;
      const marks = this.record.marks.map((mark) =>
        parts
          .filter((part) => isOfRule(part, mark))
          .reduce((changed, part) => withPieces(changed, withoutRange(changed.pieces ?? [], part)), mark),
      );
      const claims = parts
        .filter(({ isLost }) => isLost === undefined)
        .map(({ rule, revision, from, until, reported }) => ({
          ...{ rule, revision: recheckRevision(revision), replica },
          ...{ from: `${from}`, until: `${until}`, reported },
        }));
      return await this.write({ marks, claims });
    });
    return claimed ?? false;
  }

  /** What this replica had claimed of the rule, up to then, is in its outbox: the next write says so. */
  settled({ rule, revision }: RuleRevision, until: bigint): void {
    const others = this.settledClaims.filter((claim) => !isOfRule(claim, { rule, revision }));
    this.settledClaims = [...others, { rule, revision, until }];
  }

  /** Lets others take over at once. Never rejects. */
  async release(): Promise<void> {
    await this.inTurn(async () => {
      if (this.isMine) await this.write({ owner: 'nobody' });
    });
  }

  private get self(): NonNullable<OwnerRecord['owner']> {
    const { replica, session } = this.options;
    return { replica, session };
  }

  isSettled(claim: OpenClaim): boolean {
    return (
      claim.replica === this.options.replica &&
      this.settledClaims.some((known) => isOfRule(known, claim) && BigInt(claim.until) <= known.until)
    );
  }

  private markAfter(claim: Claim): ClaimMark {
    const { rule, revision, until, change = same } = claim;
    return withPieces({ rule, revision, until: `${until}` }, change(this.piecesOf(claim)));
  }

  private get isMine(): boolean {
    return this.record.owner?.session === this.options.session;
  }

  /** One after the other: each builds on the version that the one before has seen. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
    const done = this.turn.then(async () => {
      try {
        return await work();
      } catch (error) {
        this.options.onProblem(messageOf(error));
        return undefined;
      } finally {
        this.tellChange();
      }
    });
    this.turn = done;
    return await done;
  }

  /** Rejects where the record cannot be read. */
  private async look(): Promise<void> {
    const found = await this.options.shared.read();
    if (found?.version === this.version) return;
    this.record = found === undefined ? NO_RECORD : recordIn(found.text);
    this.version = found?.version;
    this.seenAt = this.options.now();
  }

  /** Whether the record is now this process's, with the changes. */
  private async write({
    marks = this.record.marks,
    claims = [],
    owner = this.self,
  }: {
    readonly marks?: readonly ClaimMark[];
    readonly claims?: readonly OpenClaim[];
    readonly owner?: OwnerRecord['owner'] | 'nobody';
  }): Promise<boolean> {
    const { shared, now, leaseMs } = this.options;
    const next: OwnerRecord = {
      ...(owner === 'nobody' ? {} : { owner }),
      turn: this.record.turn + 1,
      marks,
      claims: [...this.record.claims.filter((claim) => !this.isSettled(claim)), ...claims],
    };
    const started = now();
    const text = recordText(next);
    const result = await shared.write(text, this.version);
    if (result === 'changed') {
      await this.look();
      // The answer to a write of ours may have been lost: then this is what it wrote.
      if (recordText(this.record) !== text) return false;
    } else {
      this.record = next;
      this.version = result.version;
      this.seenAt = now();
    }
    this.heldUntil = started + leaseMs;
    return true;
  }

  private tellChange(): void {
    const { isOwner } = this;
    if (isOwner !== this.wasOwner) this.options.onChange(isOwner);
    this.wasOwner = isOwner;
  }
}

function same(pieces: readonly Piece[]): readonly Piece[] {
  return pieces;
}

function withPieces({ rule, revision, until }: ClaimMark, pieces: readonly Piece[]): ClaimMark {
  return { rule, revision, until, ...(pieces.length === 0 ? {} : { pieces }) };
}
