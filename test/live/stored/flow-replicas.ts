/** Replicas that judge rules across traces over the same stored blocks, each with a folder of its own, and a record that they share. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ResolvedFlowRule } from '../../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { LiveCounters, type RuleCounts } from '../../../engine/live/counters.js';
import { Outbox } from '../../../engine/live/outbox/outbox.js';
import { LeasedRechecks } from '../../../engine/live/ownership/leased-rechecks.js';
import type { Rechecks } from '../../../engine/live/ownership/rechecks.js';
import { LeasedRules, type RuleOwnership } from '../../../engine/live/ownership/rule-ownership.js';
import type { SharedText } from '../../../engine/live/ownership/shared-text.js';
import { TenantLease } from '../../../engine/live/ownership/tenant-lease.js';
import { JudgedUntil } from '../../../engine/live/stored/judged-until.js';
import { LocalRechecks } from '../../../engine/live/stored/local-rechecks.js';
import { StoredFlows } from '../../../engine/live/stored/stored-flows.js';
import type { UnreadBlock } from '../../../engine/live/stored/trouble.js';
import {
  type DecidedCases,
  type DecidedQuestion,
  decideFlows,
} from '../../../engine/replay/flows/decided-flows.js';
import { ofKind } from '../../../engine/shared/of-kind.js';
import type { OpenStored } from '../../support/stored.js';
import { FaultyDisk } from '../log/faulty-disk.js';

export const BLOCKS = new URL('../../fixtures/blocks/flow-v5/', import.meta.url).pathname;
/** The blocks hold the day that begins then. Milliseconds. */
export const DAY_MS = 1_795_219_200_000;
export const HOUR_MS = 3_600_000;
export const DELAY_MS = 20 * 60_000;
export const LEASE_MS = 30_000;
export const TENANT = 'single-tenant';

export function flowRulesIn(text: string): readonly ResolvedFlowRule[] {
  const { rules, files } = loadWorkspace(new Map([['flows.betrace', text]]));
  const found = [...files.values()].flatMap(({ diagnostics }) => diagnostics);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  return ofKind(rules, 'flow');
}

export const FLOW_RULES = flowRulesIn(
  readFileSync(new URL('../../replay/flows/flow-v5.betrace', import.meta.url), 'utf8'),
);

export interface Blocks {
  /** What they give at a time, in milliseconds. */
  of(question: DecidedQuestion, now: number): Promise<readonly DecidedCases[]>;
}

/** The blocks never change, and many tests ask the same. */
export class Answers implements Blocks {
  private readonly known = new Map<string, Promise<readonly DecidedCases[]>>();

  constructor(private readonly open: OpenStored) {}

  async of(question: DecidedQuestion): Promise<readonly DecidedCases[]> {
    const { rules, ...rest } = question;
    const named = rules.map(({ rule, ...cases }) => ({ rule: rule.item.id.text, ...cases }));
    const key = JSON.stringify({ ...rest, named }, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    const known = this.known.get(key) ?? decideFlows({ ...this.open.stored, ...question });
    this.known.set(key, known);
    return await known;
  }
}

/** Where a process dies. */
export type Death = 'before the claim' | 'after the claim' | 'in the outbox' | 'before the mark';

class Killed extends Error {}

/** What lasts when a process does not: its outbox, and until when it has judged. */
export class FlowReplica {
  private readonly disk = new FaultyDisk();
  private text: string | undefined;
  /** Processes that it has had. */
  starts = 0;
  /** Milliseconds; the lease is by the same. */
  now = DAY_MS;
  /** Where it dies next; what it had asked for by then is not kept. */
  death: Death | undefined;
  /** Happens while it judges. */
  meanwhile: () => Promise<void> = async () => undefined;
  /** Start of the earliest block, nanoseconds. */
  storedSince = 0n;
  unread: readonly UnreadBlock[] = [];
  /** Ids, in the order in which they were reported, by all of its processes. */
  readonly reported: string[] = [];
  readonly retracted: string[] = [];
  private readonly keys = new Set<string>();
  readonly problems: string[] = [];
  readonly asked: DecidedQuestion[] = [];
  counters = new LiveCounters();
  outbox!: Outbox;
  lease!: TenantLease;
  watch!: StoredFlows;

  constructor(
    readonly name: string,
    private readonly shared: SharedText,
    private readonly blocks: Blocks,
    private readonly options: {
      readonly rules?: readonly ResolvedFlowRule[];
      readonly mostViolations?: number;
      readonly ownership?: RuleOwnership;
      /** Until what was judged is judged once more. */
      readonly recheckMs?: number;
    } = {},
  ) {}

  /** As a process that starts. */
  async start(): Promise<this> {
    const log = { disk: this.disk, segmentBytes: 2 ** 20, maxBytes: 2 ** 30, maxWaitingBytes: 2 ** 30 };
    this.death = undefined;
    const outbox = await Outbox.open(log, () => expect.fail('damage'));
    this.outbox = outbox;
    this.counters = new LiveCounters();
    const onProblem = (message: string): void => void this.problems.push(message);
    let isDead = false;
    const dies = (where: Death | 'elsewhere'): void => {
      isDead ||= this.death === where;
      if (isDead) throw new Killed(where);
    };
    const shared: SharedText = {
      read: async () => {
        dies('elsewhere');
        return await this.shared.read();
      },
      write: async (text, version) => {
        dies('elsewhere');
        return await this.shared.write(text, version);
      },
    };
    this.lease = new TenantLease({
      ...{ shared, replica: this.name, session: `${this.name} ${++this.starts}` },
      ...{ leaseMs: LEASE_MS, now: () => this.now, onProblem, onChange: () => undefined },
    });
    const { recheckMs, ownership } = this.options;
    const recheckNs = recheckMs === undefined ? undefined : BigInt(recheckMs) * 1_000_000n;
    const leased = ownership ?? new LeasedRules(() => this.lease, recheckNs);
    const judged = await JudgedUntil.open(
      {
        load: async () => this.text,
        save: async (text) => {
          dies('before the mark');
          this.text = text;
        },
      },
      onProblem,
    );
    const rechecksFor = (afterNs: bigint): Rechecks =>
      ownership === undefined
        ? new LeasedRechecks(() => this.lease, afterNs)
        : new LocalRechecks(judged, afterNs);
    this.watch = new StoredFlows(
      {
        wall: () => this.now,
        outbox: {
          record: async (...changes) => {
            dies('after the claim');
            await outbox.record(...changes);
            dies('in the outbox');
          },
          entriesOf: (key) => outbox.entriesOf(key),
          traces: () => outbox.traces(),
          forget: async (keys) => await outbox.forget(keys),
        },
        counters: this.counters,
        onProblem,
        tenants: () => [TENANT],
        judge: async (_, question) => {
          this.asked.push(question);
          const results = await this.blocks.of(question, this.now);
          await this.meanwhile();
          dies('before the claim');
          return { results, unread: this.unread };
        },
        judged,
        ownership: leased,
        again:
          recheckNs === undefined
            ? undefined
            : { rechecks: rechecksFor(recheckNs), storedSince: async () => this.storedSince },
        onViolation: (_, { id }) => void this.reported.push(id),
        onRetraction: (_, __, { id }) => void this.retracted.push(id),
      },
      {
        ...{ delayMs: DELAY_MS, graceMs: 10 * 60_000 },
        ...{ mostViolations: this.options.mostViolations ?? 10_000, placement: 'own-trace' },
      },
    );
    this.watch.setRules(this.options.rules ?? FLOW_RULES);
    return this;
  }

  /** Time passes, and what is due by then is judged. A process that dies starts anew. */
  async at(ms: number): Promise<void> {
    this.now = ms;
    await this.lease.renew();
    await this.watch.tick();
    if (this.death !== undefined) await this.start();
  }

  counts(rule: string): RuleCounts {
    return this.counters.of(TENANT, rule, '');
  }

  /** What the receiver has to get, and what was asked for before: `${id} ${generation} ${stands}`, ascending. */
  get sent(): readonly string[] {
    for (const { key } of this.outbox.take(100_000)) this.keys.add(key);
    return [...this.keys].toSorted();
  }

  /** Ids of violations that the receiver has to get. */
  get pending(): readonly string[] {
    return this.outbox.take(10_000).map(({ key }) => key.slice(0, 32));
  }
}
