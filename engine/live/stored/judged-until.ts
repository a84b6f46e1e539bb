/** Until when rules have been judged over stored blocks: where a restart continues. */
import { messageOf } from '../../shared/message-of.js';
import { arePieces, countOf, type Piece } from '../ownership/pieces.js';

/** Nanoseconds: until when a rule was judged is forgotten after that. It may be away for a while, or look far. */
export const KEPT_NS = 400n * 86_400_000_000_000n;

/** Keeps a short text through crashes: after `save` has resolved, `load` gives that text, or a later one. */
export interface TextFile {
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

interface Mark {
  readonly tenant: string;
  readonly rule: string;
  readonly revision: string;
  /** Nanoseconds since the Unix epoch, decimal: the end of the last window that was judged, or of the one before the first that is to be; of a rule across traces, the time before which all cases were judged. */
  readonly until: string;
  /** What is to be judged once more by this process, where no record is shared. */
  readonly pieces?: readonly Piece[];
}

type Revision = { readonly id: string; readonly revision: string };

/** A rule of which nothing was judged yet, and the mark that it begins with. */
interface BegunRule {
  readonly rule: Revision;
  readonly from: bigint;
}

export class JudgedUntil {
  private saved = true;

  private constructor(
    private readonly file: TextFile,
    private readonly marks: Map<string, Mark>,
  ) {}

  /** A file that cannot be read counts as none; `onProblem` is called. */
  static async open(file: TextFile, onProblem: (message: string) => void): Promise<JudgedUntil> {
    let marks: readonly Mark[] = [];
    try {
      const text = await file.load();
      if (text !== undefined) marks = marksIn(JSON.parse(text));
    } catch (error) {
      const reason = messageOf(error);
      onProblem(`until when stored blocks were judged is not known: ${reason}`);
    }
    return new JudgedUntil(file, new Map(marks.map((mark) => [keyOf(mark), mark])));
  }

  /** Undefined where this revision of the rule has not begun. */
  of(tenant: string, rule: string, revision: string): bigint | undefined {
    const mark = this.marks.get(keyOf({ tenant, rule, revision }));
    return mark === undefined ? undefined : BigInt(mark.until);
  }

  advance(tenant: string, rule: Revision, until: bigint): void {
    const mark = { tenant, rule: rule.id, revision: rule.revision, until: until.toString() };
    const { pieces } = this.marks.get(keyOf(mark)) ?? {};
    this.marks.set(keyOf(mark), { ...mark, ...(pieces === undefined ? {} : { pieces }) });
    this.saved = false;
  }

  /** What of the rule is to be judged once more. */
  piecesOf(tenant: string, { id, revision }: Revision): readonly Piece[] {
    return this.marks.get(keyOf({ tenant, rule: id, revision }))?.pieces ?? [];
  }

  /** Violations that are known of what is to be judged once more, of all rules. */
  reportedOf(tenant: string): number {
    return [...this.marks.values()]
      .filter((mark) => mark.tenant === tenant)
      .reduce((sum, { pieces = [] }) => sum + countOf(pieces), 0);
  }

  /** Of a rule that has a mark; nobody judges it any more as it was before it changed. */
  setPieces(tenant: string, { id, revision }: Revision, pieces: readonly Piece[]): void {
    for (const [key, { pieces: before, ...mark }] of this.marks) {
      if (mark.tenant !== tenant || mark.rule !== id) continue;
      if (mark.revision === revision) this.marks.set(key, { ...mark, pieces });
      else if (before !== undefined) this.marks.set(key, mark);
    }
    this.saved = false;
  }

  /** Keeps where rules begin before stored blocks are asked about them: a process that is killed meanwhile would begin with later ones next time. */
  async begin(tenant: string, rules: readonly BegunRule[]): Promise<void> {
    for (const { rule, from } of rules) this.advance(tenant, rule, from);
    // Where it cannot be kept, they are judged all the same, and the save after that says so.
    await this.save().catch(() => undefined);
  }

  /** Resolves once all of it survives a crash; until then it is known in memory only. */
  async save(): Promise<void> {
    if (this.saved) return;
    await this.file.save(JSON.stringify({ version: 1, marks: [...this.marks.values()] }));
    this.saved = true;
  }

  /** Forgets, with the next save, what was last judged before `oldest`. */
  prune(oldest: bigint): void {
    for (const [key, { until }] of this.marks) if (BigInt(until) < oldest) this.marks.delete(key);
  }
}

function keyOf({ tenant, rule, revision }: Pick<Mark, 'tenant' | 'rule' | 'revision'>): string {
  return JSON.stringify([tenant, rule, revision]);
}

function marksIn(json: unknown): readonly Mark[] {
  const { version, marks } = json as { readonly version?: unknown; readonly marks?: unknown };
  if (version !== 1 || !Array.isArray(marks) || !marks.every(isMark)) throw new Error('it has another form');
  return marks;
}

function isMark(value: unknown): value is Mark {
  if (typeof value !== 'object' || value === null) return false;
  const { tenant, rule, revision, until, pieces } = value as Partial<Record<keyof Mark, unknown>>;
  return (
    (pieces === undefined || arePieces(pieces)) &&
    [tenant, rule, revision].every((text) => typeof text === 'string') &&
    typeof until === 'string' &&
    /^\d{1,19}$/.test(until)
  );
}
