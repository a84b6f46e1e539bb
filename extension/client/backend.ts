import { type Disposable, type ExtensionContext, type LogOutputChannel, Uri, workspace } from 'vscode';
import type { LocalService, Sample } from '../processes/port.js';
import { Service } from '../service/service.js';
import type { Platform } from './platform.js';
import { type Settings, settings } from './settings.js';
import type { StatusBar } from './status-bar.js';

/** There is nobody to ask, and the user can change that. */
export class NoServiceError extends Error {}

/** Nothing is asked or started where the user does not trust what is in the folder. */
export class UntrustedError extends Error {
  constructor() {
    super('This workspace is not trusted: no service is asked, and no program started.');
  }
}

/** Whom to ask about stored traces: the service that is set, or one of our own over the folder that is set. */
export class Backend implements Disposable {
  private local: Promise<LocalService> | undefined;
  /** Of the service of our own, once it runs. */
  private localUrl: string | undefined;
  private readonly changed: (() => void)[] = [];
  /** Asked about instead of what the settings name. */
  private sample: Sample | undefined;

  constructor(
    private readonly context: ExtensionContext,
    private readonly platform: Platform,
    private readonly output: LogOutputChannel,
    private readonly status: StatusBar,
  ) {}

  /** Calls the listener when another service is to be asked. */
  onChange(listener: () => void): void {
    this.changed.push(listener);
  }

  async service(signal: AbortSignal): Promise<Service> {
    if (!workspace.isTrusted) throw new UntrustedError();
    const { serviceUrl, tenant } = this.asked;
    const url = serviceUrl ?? (await this.started(signal)).url;
    this.status.service(url, serviceUrl === undefined);
    return new Service({ url, tenant, token: await this.token(serviceUrl) });
  }

  /** What the language server is to know instead of the settings. */
  async address(): Promise<{ readonly url: string; readonly token: string } | undefined> {
    if (!workspace.isTrusted) return { url: '', token: '' };
    const { serviceUrl } = this.asked;
    const url = serviceUrl ?? this.localUrl;
    return url === undefined ? undefined : { url, token: (await this.token(serviceUrl)) ?? '' };
  }

  /** Kept for one origin, so that no other setting sends it elsewhere. */
  async setToken(token: string): Promise<void> {
    const key = tokenKey(settings().serviceUrl);
    if (key === undefined) throw new NoServiceError('Set betrace.service.url first.');
    if (token === '') await this.context.secrets.delete(key);
    else await this.context.secrets.store(key, token);
    this.tell();
  }

  /** The settings have changed. */
  reset(): void {
    this.sample = undefined;
    this.stop();
    this.tell();
  }

  /** From now on the example traces are asked about, until `reset`. */
  useSample(sample: Sample): void {
    this.reset();
    this.sample = sample;
  }

  /** The settings, or what is used in their place while the example traces are asked about: all of those, of whatever day they are. */
  get asked(): Settings {
    const set = settings();
    return this.sample === undefined
      ? set
      : { ...set, serviceUrl: undefined, tenant: undefined, blocks: this.sample.blocks, range: undefined };
  }

  dispose(): void {
    this.stop();
  }

  private async token(url: string | undefined): Promise<string | undefined> {
    const key = tokenKey(url);
    return key === undefined ? undefined : await this.context.secrets.get(key);
  }

  private started(signal: AbortSignal): Promise<LocalService> {
    const { blocks, path, tenant, rules } = this.asked;
    const { processes } = this.platform;
    if (blocks === undefined || processes === undefined)
      throw new NoServiceError(
        processes === undefined
          ? 'Set betrace.service.url: there is no service to ask.'
          : 'Set betrace.service.url or betrace.blocks: there are no traces to ask.',
      );
    this.local ??= (async () => {
      this.status.starting();
      const folders = (workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === 'file')
        .map(({ uri }) => (rules === undefined ? uri : Uri.joinPath(uri, rules)).fsPath);
      const some = await workspace.findFiles('**/*.betrace', '**/node_modules/**', 1);
      const { sample } = this;
      const log = (line: string): void => this.output.warn(line);
      const local = await processes.startService(
        path,
        { blocks, tenant, rules: sample ? [sample.rules] : some.length === 0 ? [] : folders, log },
        signal,
      );
      this.localUrl = local.url;
      this.tell();
      return local;
    })();
    this.local.catch(() => {
      this.local = undefined;
    });
    return this.local;
  }

  private stop(): void {
    void this.local?.then((local) => local.stop()).catch(() => undefined);
    this.local = undefined;
    this.localUrl = undefined;
    this.status.service(this.asked.serviceUrl, false);
  }

  private tell(): void {
    for (const listener of this.changed) listener();
  }
}

function tokenKey(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : `token ${new URL(url).origin}`;
  } catch {
    return undefined;
  }
}
