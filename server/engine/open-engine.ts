/** What an address of an engine names, for as long as somebody asks it. */
import { setTimeout as wait } from 'node:timers/promises';
import { openServer, type ServerAddress, shardsOf } from '../../engine/sql/nested.js';
import type { Store } from '../../engine/sql/store/store.js';
import { withTimeLimit } from '../../engine/sql/store/time-limit.js';
import { type EngineAddress, urlOf } from './engine-address.js';

export interface EngineToAsk {
  readonly address: EngineAddress;
  /** Where the address names no user. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Of ClickHouse, for every statement, where the address says nothing else. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with sessions that end with it, one for each shard and at least one. Rejects with an `EngineError` where the engine cannot be asked; what
 * runs when the signal aborts is stopped there too.
 */
export async function withEngine<T>(
  { address, user, password, settings, signal }: EngineToAsk,
  work: (databases: readonly Store[]) => Promise<T>,
): Promise<T> {
  const asking = address.user ?? user;
  const server = (host: string): ServerAddress => ({
    url: urlOf(address, host),
    ...(asking === undefined ? {} : { user: asking }),
    ...(password === undefined ? {} : { password }),
    settings: { ...settings, ...address.settings },
  });
  const { cluster, hosts } = address;
  const shards = cluster === undefined ? hosts : await shardsOf(server(hosts[0]!), cluster, signal);
  const databases: Store[] = [];
  let failed = true;
  const stop = stopping(databases, signal);
  try {
    for (const host of shards) databases.push(await openServer(server(host), signal));
    const result = await work(databases);
    failed = false;
    return result;
  } finally {
    stop();
    const ended = Promise.all(databases.map(endSession));
    // What failed is known at once; a server that is away would hold it up.
    if (!failed) await ended;
  }
}

const AGAIN_MS = 200;

/** Interrupts once the signal aborts, again and again: one that comes before its statement has begun is lost. Returns how to end that. */
function stopping(databases: readonly Store[], signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    for (const db of databases) db.interruptAll();
    timer = setTimeout(interrupt, AGAIN_MS);
  };
  if (signal?.aborted) interrupt();
  else signal?.addEventListener('abort', interrupt);
  return () => {
    signal?.removeEventListener('abort', interrupt);
    clearTimeout(timer);
  };
}

const DROP_MS = 5_000;
/** A session whose statement has just been stopped is locked for a moment. */
const AGAIN_AFTER_MS = [500, 3_000];

/** The tables are the memory of a server, which would hold them until the session lapses. Never rejects: then it does. */
async function endSession(db: Store): Promise<void> {
  if (await dropTables(db)) db.close();
  else void endLater(db);
}

async function endLater(db: Store): Promise<void> {
  for (const delay of AGAIN_AFTER_MS) {
    await wait(delay, undefined, { ref: false });
    if (await dropTables(db)) break;
  }
  db.close();
}

async function dropTables(db: Store): Promise<boolean> {
  return await withTimeLimit(db, DROP_MS, DROP_MS, () => db.dropAllBut([])).then(
    () => true,
    () => false,
  );
}
