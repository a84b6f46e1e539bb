/** Keeps evidence of what live judging found: counts by day, and when a day is over signed records in the tenant's chain. */

import { join } from 'node:path';
import type { SigningKey } from '../../engine/evidence/keys.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { printItem } from '../../engine/language/print/print.js';
import type { LogOptions } from '../../engine/live/log/log.js';
import { planFlowRules, planRules } from '../../engine/plan/lower/lower.js';
import { keptNeeds } from '../../engine/plan/vacuity/rule-needs.js';
import { messageOf } from '../../engine/shared/message-of.js';
import type { Logger } from '../shared/log.js';
import { EVIDENCE_FOLDER, folderOf } from './chain-files.js';
import { ChainStore } from './chain-store.js';
import { recordsOf } from './day-records.js';
import { Tally, type UndecidedOn } from './tally.js';
import type { ClosedDay, RuleMeta } from './tally-state.js';

export interface EvidenceOptions {
  /** The state directory of the service, which is this process's alone. */
  readonly directory: string;
  readonly tallyLog: LogOptions;
  readonly key: SigningKey;
  /** How long after its end a day is closed; milliseconds. */
  readonly closeAfterMs: number;
  /** How long records are kept; 0 for ever. Milliseconds. */
  readonly keepMs: number;
  /** Tenants that have records from the first day on, whether spans come or not. */
  readonly tenants: readonly string[];
  readonly now: () => number;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

/** What happened since the process began; metrics read it. */
export interface EvidenceCounts {
  records: number;
  failures: number;
}

const EVERY_MS = 10_000;

export class EvidenceService {
  readonly counts: EvidenceCounts = { records: 0, failures: 0 };
  private readonly chains = new Map<string, ChainStore>();
  private rules: readonly RuleMeta[] = [];
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private undecidedOn: UndecidedOn | undefined;

  private constructor(
    private readonly options: EvidenceOptions,
    readonly tally: Tally,
  ) {}

  /** Rejects where the folder cannot be used. */
  static async open(options: EvidenceOptions): Promise<EvidenceService> {
    const { tallyLog, now, log, tenants } = options;
    const onDamage = (damage: string): void =>
      log.error({ damage }, 'the counts for evidence are damaged: some may be missing');
    const tally = await Tally.open({ log: tallyLog, now, onDamage });
    for (const tenant of tenants) await tally.know(tenant);
    return new EvidenceService(options, tally);
  }

  /** Days that are closed and wait to be written. */
  get waiting(): number {
    return this.tally.closing.length;
  }

  setRules(rules: readonly ResolvedRule[]): void {
    const texts = new Map(rules.map(({ item }) => [item.id.text, printItem(item)]));
    const enabled = rules.filter(({ settings }) => settings.enabled);
    this.rules = [...planRules(enabled).rules, ...planFlowRules(enabled).rules].map(
      ({ id, revision, settings: { severity, summary, evidence, idle }, clauses, needs }) => ({
        id,
        revision,
        severity,
        summary: summary ?? null,
        controls: evidence,
        text: texts.get(id) ?? '',
        idle,
        needs: keptNeeds(needs),
        clauses: clauses.map(({ keyword, index }) => ({ keyword, index })),
      }),
    );
    this.soon();
  }

  /** Begins to write what is due. No day is closed while it is not known which cases of it are undecided. */
  start(undecidedOn?: UndecidedOn): void {
    this.undecidedOn = undecidedOn;
    this.timer = setInterval(() => this.soon(), EVERY_MS);
    this.soon();
  }

  /** Does what is due; never rejects. */
  async tick(): Promise<void> {
    this.soon();
    await this.running;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.tick();
    await this.tally.stop();
  }

  private soon(): void {
    this.running = this.running
      .then(async () => await this.work())
      .catch((error: unknown) => {
        this.counts.failures++;
        const reason = messageOf(error);
        this.options.log.error({ reason }, 'evidence could not be written, and will be tried again');
      });
  }

  private async work(): Promise<void> {
    await this.tally.inForce(this.rules);
    await this.tally.beat();
    await this.tally.closeDays(this.options.closeAfterMs, this.undecidedOn);
    let failure: unknown;
    // A chain that is damaged must not keep the other tenants' records back.
    for (const closed of this.tally.closing)
      await this.write(closed).catch((error: unknown) => {
        failure ??= error;
      });
    if (failure !== undefined) throw failure;
  }

  private async write(closed: ClosedDay): Promise<void> {
    const { tenant, day } = closed;
    const chain = await this.chainOf(tenant);
    const { now, keepMs, log } = this.options;
    const producedAt = new Date(now()).toISOString();
    const records = recordsOf(closed, (rule) => this.tally.metaOf(rule), producedAt);
    // After a crash some of them may be there.
    const missing = records.filter((record) => !chain.has(record));
    await chain.append(missing);
    this.counts.records += missing.length;
    await this.tally.written(closed);
    log.info({ tenant, day, records: missing.length, head: chain.head?.hash }, 'evidence written');
    if (keepMs > 0) {
      const files = await chain.dropBefore(new Date(now() - keepMs).toISOString());
      if (files > 0) log.info({ tenant, files }, 'evidence has become too old and was removed');
    }
  }

  private async chainOf(tenant: string): Promise<ChainStore> {
    const { directory, key } = this.options;
    const chain =
      this.chains.get(tenant) ??
      (await ChainStore.open(join(directory, EVIDENCE_FOLDER, folderOf(tenant)), key));
    this.chains.set(tenant, chain);
    return chain;
  }
}
