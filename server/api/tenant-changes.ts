/** Notices what changes for tenants that somebody looks at: one look every two seconds for each, however many look. */
import { createHash } from 'node:crypto';
import type { ServiceContext } from '../context/service-context.js';
import { HttpError } from '../http/http-error.js';
import { storedBlocks } from '../questions/stored-blocks.js';
import type { Followed } from './event-stream.js';

const LOOK_MS = 2_000;
/** Streams at once, of all tenants; more are refused. Each holds a connection. */
const MOST_STREAMS = 256;

export type ChangeContext = Pick<ServiceContext, 'queries' | 'rules' | 'replays' | 'liveRule'>;

/** A number for each state of what is shown of rules, and of what is stored: another state has another. */
export interface TenantState {
  readonly rules: string;
  readonly stored: string;
}

export class TenantChanges {
  private readonly watched = new Map<string, WatchedTenant>();
  private streams = 0;

  constructor(private readonly context: ChangeContext) {}

  /** Follows a tenant until `close` of what it returns. Throws `HttpError` where too many do. */
  follow(tenant: string, seen: string | undefined): Followed & { close(): void } {
    if (this.streams >= MOST_STREAMS)
      throw new HttpError(429, `${MOST_STREAMS} streams of events are open already`, {
        code: 'BT5016',
        headers: { 'Retry-After': '30' },
      });
    const watched = this.watched.get(tenant) ?? new WatchedTenant(() => stateOf(this.context, tenant));
    this.watched.set(tenant, watched);
    this.streams++;
    let taken = seen;
    return {
      over: false,
      take: () => {
        const { state } = watched;
        const id = state === undefined ? undefined : `${state.rules}.${state.stored}`;
        if (state === undefined || id === undefined || id === taken) return undefined;
        taken = id;
        return { id, event: 'changed', data: state };
      },
      onChange: (listener) => watched.onChange(listener),
      close: () => {
        this.streams--;
        if (!watched.isFollowed) this.watched.delete(tenant);
      },
    };
  }
}

class WatchedTenant {
  state: TenantState | undefined;
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly look: () => Promise<TenantState>) {}

  get isFollowed(): boolean {
    return this.listeners.size > 0;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    if (this.timer === undefined) void this.turn();
    return () => {
      this.listeners.delete(listener);
      if (this.isFollowed) return;
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  private async turn(): Promise<void> {
    this.timer = setTimeout(() => void this.turn(), LOOK_MS);
    this.timer.unref();
    const state = await this.look();
    if (JSON.stringify(state) === JSON.stringify(this.state)) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

async function stateOf(
  { queries, rules, replays, liveRule }: ChangeContext,
  tenant: string,
): Promise<TenantState> {
  const { state } = rules;
  const shown = state.rules.map((rule) => {
    const id = rule.item.id.text;
    return [id, replays.last.ofRule(tenant, rule)?.replay, liveRule(tenant, id)];
  });
  const list = await queries.watch.list(queries.tenant(tenant), {}).catch(() => ({ blocks: [], unread: [] }));
  return {
    rules: short([state.changedAt, shown]),
    stored: short([queries.watch.problem, Object.values(storedBlocks(list)).map(String)]),
  };
}

function short(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
