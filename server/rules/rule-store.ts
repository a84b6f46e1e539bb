/** The rules that the service runs, kept up to date with their files. */
import { stat } from 'node:fs/promises';
import { linkWorkspace } from '../../engine/language/link/link.js';
import type {
  ParsedFile,
  ResolvedRule,
  Workspace,
  WorkspaceFile,
} from '../../engine/language/link/resolved.js';
import { triedDiagnostics } from '../../engine/language/link/tried-diagnostics.js';
import type { TriedDiagnostic } from '../../engine/language/problems/fixes.js';
import type { ListText } from '../../engine/language/scope/lists.js';
import { relativeResolver } from '../../engine/language/scope/scope.js';
import { UsageError } from '../shared/usage-error.js';
import { FIXES_ROOM } from './diagnostics.js';
import { inForce } from './last-good.js';
import { type ListFiles, listFiles } from './list-files.js';
import { displayPath, findRuleFiles, readRules } from './read-rules.js';

/** One file of rules, as it is on disk and as it is in force. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
  /**
   * - `current`: what is on disk is in force
   * - `stale`: it has errors, or is the cause of errors in a file that uses it, and an earlier version without is in force
   * - `broken`: it has errors and never was without; its sound rules are in force
   */
  readonly state: 'current' | 'stale' | 'broken';
  /** Of what is on disk; worked out when it is asked for. */
  readonly diagnostics: readonly TriedDiagnostic[];
}

export interface RuleState {
  /** In force, enabled or not, by kind, file and position. */
  readonly rules: readonly ResolvedRule[];
  /** What is in force, with whatever it uses. */
  readonly workspace: Workspace;
  /** What is on disk. */
  readonly newest: Workspace;
  readonly files: readonly RuleFile[];
  /** Reads the lists of what is on disk. */
  readonly lists: ListFiles;
  /** Why the files could not be read when last tried; what was known stays in force then. */
  readonly problem?: string;
  /** When the state last changed, in milliseconds since the Unix epoch. */
  readonly changedAt: number;
}

const NOTHING = linkWorkspace(new Map());

export class RuleStore {
  private current: RuleState = {
    rules: [],
    workspace: NOTHING,
    newest: NOTHING,
    files: [],
    lists: listFiles(new Map(), new Map()),
    changedAt: Date.now(),
  };
  private good = new Map<string, ParsedFile>();
  /** The files of lists as they were when last they could be read, by path. */
  private goodLists = new Map<string, ListText>();
  private fingerprint = '';
  private readonly listeners = new Set<(state: RuleState) => void>();

  constructor(private readonly patterns: readonly string[]) {}

  get state(): RuleState {
    return this.current;
  }

  /** Calls `listener` after each change; returns how to take it back. */
  onChange(listener: (state: RuleState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Reads the files anew if any has changed. Never rejects: what cannot be read is the state's `problem`.
   *
   * Asking for sizes and times again and again is what works on every file system, links that Kubernetes turns included.
   */
  async refresh(): Promise<void> {
    if (this.patterns.length === 0) return;
    try {
      const fingerprint = await this.look();
      if (fingerprint === this.fingerprint) return;
      this.take(await readRules(this.patterns, this.current.newest.files));
      // What `use` found counts as well from now on.
      this.fingerprint = await this.look();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (this.current.problem !== error.message)
        this.publish({ ...this.current, problem: error.message, changedAt: Date.now() });
      this.fingerprint = '';
    }
  }

  private async look(): Promise<string> {
    const paths = new Set([
      ...(await findRuleFiles(this.patterns)),
      ...this.current.newest.files.keys(),
      ...this.current.lists.texts.keys(),
    ]);
    const marks = await Promise.all(
      [...paths].map(async (path) => {
        const found = await stat(path).catch(() => undefined);
        return [path, found?.mtimeMs, found?.size, found?.ino];
      }),
    );
    return JSON.stringify(marks);
  }

  private take({ parsed, named, lists }: Awaited<ReturnType<typeof readRules>>): void {
    const newest = linkWorkspace(parsed, relativeResolver(parsed), { readList: lists.read });
    for (const [path, text] of lists.texts)
      if (text.kind === 'text' || !this.goodLists.has(path)) this.goodLists.set(path, text);
    for (const path of this.goodLists.keys()) if (!lists.texts.has(path)) this.goodLists.delete(path);
    const { workspace, stale } = inForce(parsed, this.good, listFiles(parsed, this.goodLists).read);
    const files = [...newest.files.values()].map((file): RuleFile => {
      const { path, text } = file;
      let tried: readonly TriedDiagnostic[] | undefined;
      const held = stale.has(path) || (isFaulty(file) && !isFaulty(workspace.files.get(path)));
      return {
        path,
        text,
        state: held ? 'stale' : isFaulty(file) ? 'broken' : 'current',
        get diagnostics() {
          tried ??= triedDiagnostics(newest, path, FIXES_ROOM);
          return tried;
        },
      };
    });
    for (const { path, state } of files) {
      const file = parsed.get(path);
      if (state === 'current' && file !== undefined) this.good.set(path, file);
    }
    // A file that was removed may still be what an older version of another needs.
    if (stale.size === 0) for (const path of this.good.keys()) if (!parsed.has(path)) this.good.delete(path);
    const rules = workspace.rules.filter(({ path }) => named.has(path));
    this.publish({ rules, workspace, newest, files, lists, changedAt: Date.now() });
  }

  private publish(state: RuleState): void {
    this.current = state;
    for (const listener of this.listeners) listener(state);
  }
}

function isFaulty(file: WorkspaceFile | undefined): boolean {
  return file?.diagnostics.some(({ severity }) => severity === 'error') ?? true;
}

/** `rules/pay.betrace`, as logs and the API name it. */
export function shownPath(path: string): string {
  return displayPath(path);
}
