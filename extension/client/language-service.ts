import { type LogOutputChannel, workspace } from 'vscode';
import {
  type BaseLanguageClient,
  DidChangeConfigurationNotification,
  type Range as LspRange,
  type Position,
  type TextEdit,
} from 'vscode-languageclient';
import type { QueryKind } from '../../engine/answers/language.js';
import type { Backend } from './backend.js';
import type { Platform } from './platform.js';
import type { StatusBar } from './status-bar.js';

/** What a replay found about one rule. Times are RFC 3339. */
export interface RuleReplay {
  readonly id: string;
  readonly lastReplay: {
    readonly ended: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly applicable: number;
    readonly passed: number;
    readonly violated: number;
    readonly cannotTell: number;
    readonly vacuous: number;
    readonly vacuousClauses: readonly string[];
    readonly first: string | null;
    readonly partial: boolean;
    /** How the violations differ from those of the replay before: `+3 −1`; undefined where they do not, or there was none. */
    readonly change: string | undefined;
  };
}

export interface TestsOfFile {
  readonly uri: string;
  readonly tests: readonly { readonly title: string; readonly rule: string; readonly range: LspRange }[];
}

export interface TestOutcome {
  readonly rule: string;
  readonly title: string;
  readonly passed: boolean;
}

/** RFC 3339. */
export interface MatchWindow {
  readonly from: string;
  readonly to: string;
}

/** The spans that a pattern matches by itself, or why that is not known. */
export type MatchesAt =
  | {
      readonly range: LspRange;
      /** TraceQL. */
      readonly query: string;
      readonly window: MatchWindow;
      readonly counts: readonly { readonly name: string; readonly service: string; readonly count: number }[];
    }
  | { readonly problem: string };

/** The language server of this window. */
export class LanguageService {
  private client: BaseLanguageClient | undefined;
  private readonly rulesRead: (() => void)[] = [];

  constructor(
    private readonly platform: Platform,
    private readonly backend: Backend,
    private readonly output: LogOutputChannel,
    private readonly status: StatusBar,
  ) {
    backend.onChange(() => void this.reconfigure());
  }

  async start(): Promise<void> {
    const client = this.platform.createClient({
      documentSelector: [{ language: 'betrace' }, { language: 'traceql' }, { language: 'markdown' }],
      outputChannel: this.output,
      initializationOptions: { runsTests: this.platform.processes !== undefined },
      middleware: {
        workspace: {
          configuration: async (params, token, next) => {
            const found = await next(params, token);
            if (!Array.isArray(found)) return found;
            return await Promise.all(
              params.items.map(async ({ section }, n) =>
                section === 'betrace' ? await this.withAddress(found[n]) : found[n],
              ),
            );
          },
        },
      },
    });
    client.onNotification(
      'betrace/catalogue',
      ({ state, reason }: { state: 'ready' | 'failed'; reason: string }) =>
        this.status.catalogue(state, reason),
    );
    client.onNotification('betrace/rulesRead', () => {
      for (const listener of this.rulesRead) listener();
    });
    this.client = client;
    await client.start();
  }

  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Rules of this text were replayed: lenses and hovers show what was found, and the service may know more. */
  async replayed(text: string, rules: readonly RuleReplay[]): Promise<void> {
    await this.client?.sendNotification('betrace/replayed', { text, rules });
    await this.client?.sendNotification('betrace/refresh');
  }

  /** The tests of all files of the workspace, open or not. */
  async tests(): Promise<readonly TestsOfFile[]> {
    return (await this.client?.sendRequest<readonly TestsOfFile[]>('betrace/tests')) ?? [];
  }

  /** Calls the listener when files that are not open were read or changed. */
  onRulesRead(listener: () => void): void {
    this.rulesRead.push(listener);
  }

  /** Tests of a file, as it is in the editor, have run. */
  async tested(uri: string, tests: readonly TestOutcome[]): Promise<void> {
    await this.client?.sendNotification('betrace/tested', { uri, tests });
  }

  /** The text of a file with what it uses of others written out: a service need not have them, or not as they are here. */
  async selfContained(uri: string): Promise<string | undefined> {
    return (await this.client?.sendRequest<string | null>('betrace/selfContained', uri)) ?? undefined;
  }

  /** Where a clause of a rule is (`always#1`); undefined where the rule is another by now. */
  async clauseRange(uri: string, rule: string, clause: string): Promise<LspRange | undefined> {
    const asked = { uri, rule, clause };
    return (await this.client?.sendRequest<LspRange | null>('betrace/clauseRange', asked)) ?? undefined;
  }

  /** The edits that make the filter at a place ask for one thing more, none where it does; undefined where there is no filter. */
  async addToFilter(
    uri: string,
    position: Position,
    condition: string,
  ): Promise<readonly TextEdit[] | undefined> {
    const asked = { uri, position, condition };
    const found = await this.client?.sendRequest<{ edits: TextEdit[] } | null>('betrace/addToFilter', asked);
    return found?.edits;
  }

  /** Which spans the pattern at a place matches; the window is used where its rule was not replayed. */
  async matchesAt(
    uri: string,
    position: Position,
    window: MatchWindow | undefined,
  ): Promise<MatchesAt | undefined> {
    const asked = { uri, position, window };
    return (await this.client?.sendRequest<MatchesAt | null>('betrace/matchesAt', asked)) ?? undefined;
  }

  async queryKind(text: string): Promise<QueryKind | undefined> {
    return (await this.client?.sendRequest<QueryKind | null>('betrace/queryKind', text)) ?? undefined;
  }

  private async reconfigure(): Promise<void> {
    await this.client?.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  }

  /** The address and the token that are in force, which the settings do not hold. */
  private async withAddress(section: unknown): Promise<unknown> {
    const address = await this.backend.address();
    const own = { ...(section as object) };
    if (!workspace.isTrusted) return {};
    if (address === undefined) return own;
    const { tenant } = { tenant: '', ...(own as { service?: { tenant?: string } }).service };
    return { ...own, service: { ...address, tenant } };
  }
}
