/** A service of its own for a test, on a real socket, with what it logs kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { Storage } from '../../../engine/blocks/storage.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { type LoadedConfig, loadConfig } from '../../../server/config/load.js';
import type { Setting } from '../../../server/config/text-layer.js';
import { type Service, startService } from '../../../server/service/service.js';
import { createLogger } from '../../../server/shared/log.js';
import { PATIENCE } from '../../support/patience.js';
import { FIXTURES } from '../cli/support.js';

export const SHOP = join(FIXTURES, 'shop-v5');
export const CONF = join(FIXTURES, 'conf-v5');
export const SHOP_RULES = 'queries/shop';

export interface Running extends Service {
  readonly url: string;
  readonly log: readonly string[];
  get(path: string, init?: RequestInit): Promise<Response>;
  /** The value of a metric with these labels in any order, 0 where it has none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

export interface StartOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly storage?: Storage;
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'betrace-service-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Settings by their paths: `{ 'query.timeout': '1s' }`. */
export function settingsOf(values: Readonly<Record<string, unknown>>): readonly Setting[] {
  return Object.entries(values).map(([name, value]) => ({
    path: name.split('.'),
    value,
    place: `--set ${name}`,
  }));
}

export async function configOf({ settings = {}, env = {} }: StartOptions = {}): Promise<LoadedConfig> {
  return await loadConfig({
    env,
    settings: settingsOf({
      'storage.blocks': SHOP,
      'storage.cache_directory': sharedCache(),
      'http.port': 0,
      'http.shutdown_timeout': '500ms',
      ...settings,
    }),
  });
}

let cache: string | undefined;

/** Flat blocks are the same for every test of a file. */
function sharedCache(): string {
  if (cache === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'betrace-service-cache-'));
    process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
    cache = directory;
  }
  return cache;
}

/** Stopped when the test is over. */
export async function start(options: StartOptions = {}): Promise<Running> {
  const running = await startKept(options);
  onTestFinished(() => running.stop());
  return running;
}

export async function startKept(options: StartOptions = {}): Promise<Running> {
  const { config, tokens, evidenceKey } = await configOf(options);
  const log: string[] = [];
  const service = await startService({
    config,
    tokens,
    log: createLogger(config.log, { write: (line: string) => void log.push(line) }),
    version: '1.2.3',
    ...(evidenceKey !== undefined && { evidenceKey }),
    ...(options.storage !== undefined && { storage: options.storage }),
  });
  const { url } = service.http;
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(`${url}${path}`, init);
  let stopped: Promise<void> | undefined;
  return {
    ...service,
    url,
    log,
    get,
    metric: async (name, labels) => metricIn(await (await get('/metrics')).text(), name, labels),
    stop: () => {
      stopped ??= service.stop();
      return stopped;
    },
  };
}

/** The value of a metric with these labels in any order, 0 where it has none. */
export function metricIn(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const line = text
    .split('\n')
    .find(
      (candidate) =>
        new RegExp(`^${name}[{ ]`).test(candidate) && wanted.every((part) => candidate.includes(part)),
    );
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** Storage in which the data of blocks is not read until it is let go. */
export interface Stalling extends Storage {
  /** Resolves when somebody waits for data. */
  readonly reached: Promise<void>;
  release(): void;
}

export function stallingStorage(root = SHOP): Stalling {
  const { localPath: _, ...storage } = localStorage(root);
  let reach = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    ...storage,
    reached,
    release,
    readRange: async (path, from, to) => {
      reach();
      await released;
      return await storage.readRange(path, from, to);
    },
  };
}

export async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  await vi.waitFor(async () => {
    if (!(await holds())) throw new Error(`not yet: ${what}`);
  }, PATIENCE);
}
