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
}

/** What a client sent, whatever it is: wrong types count as not set. */
export function settingsOf(sent: unknown): Settings {
  const section =
    typeof sent === 'object' && sent !== null ? (sent as Readonly<Record<string, unknown>>) : {};
  const service = section.service;
  const ofService =
    typeof service === 'object' && service !== null ? (service as Readonly<Record<string, unknown>>) : {};
  return {
    ...text('serviceUrl', ofService.url),
    ...text('token', ofService.token),
    ...text('tenant', ofService.tenant),
    ...text('blocks', section.blocks),
  };
}

function text(name: keyof Settings, value: unknown): Settings {
  return typeof value === 'string' && value.trim() !== '' ? { [name]: value.trim() } : {};
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
