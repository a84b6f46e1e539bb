import { httpSource } from '../catalogue/http-source.js';
import type { CatalogueSource } from '../catalogue/source.js';
import type { Host } from './host.js';

/** The section `betrace` of the editor's settings, as far as the server reads it. */
export interface Settings {
  readonly serviceUrl?: string;
  readonly token?: string;
  readonly tenant?: string;
  /** A folder of Tempo blocks, where no service runs. */
  readonly blocks?: string;
  /** How far back the editor replays: `24h`. */
  readonly replayRange?: string;
  readonly inlayHints?: boolean;
}

/** What a client sent, whatever it is: wrong types count as not set. */
export function settingsOf(sent: unknown): Settings {
  const section = sectionOf(sent);
  const [service, replay, hints] = ['service', 'replay', 'inlayHints'].map((name) =>
    sectionOf(section[name]),
  );
  return {
    ...text('serviceUrl', service?.url),
    ...text('token', service?.token),
    ...text('tenant', service?.tenant),
    ...text('blocks', section.blocks),
    ...text('replayRange', replay?.range),
    ...(hints?.enabled === true ? { inlayHints: true } : {}),
  };
}

function sectionOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function text(name: Exclude<keyof Settings, 'inlayHints'>, value: unknown): Settings {
  return typeof value === 'string' && value.trim() !== '' ? { [name]: value.trim() } : {};
}

/** What a client says of itself when it starts: whether it can run tests, which it can unless it says no. */
export function runsTests(initializationOptions: unknown): boolean {
  return sectionOf(initializationOptions).runsTests !== false;
}

/** A running service wins over a folder. */
export function sourceOf(
  { serviceUrl, token, tenant, blocks }: Settings,
  host: Host,
): CatalogueSource | undefined {
  if (serviceUrl !== undefined)
    return httpSource({
      url: serviceUrl,
      ...(token === undefined ? {} : { token }),
      ...(tenant === undefined ? {} : { tenant }),
    });
  return blocks === undefined ? undefined : host.blocksSource?.(blocks, tenant);
}
