/** Evidence that the service has recorded. */
import { type Link, withoutRecord } from '../../../engine/evidence/chain.js';
import { daysBetween, type EvidenceExport } from '../../../engine/evidence/export.js';
import { ChainDamaged, evidenceTenants, readChain } from '../../evidence/chain-files.js';
import { defaultStateDirectory } from '../../live/state-directory.js';
import { plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { UsageError } from '../../shared/usage-error.js';
import type { Days } from './days.js';

export interface StoredOptions {
  readonly state?: string;
  readonly tenant?: string;
  readonly rule?: readonly string[];
  readonly days: Days;
}

export interface Made {
  /** Undefined where there is none, which has been said. */
  readonly evidence?: EvidenceExport;
  readonly partial: boolean;
}

/** Needs no key: what is exported was signed when it was written. */
export async function storedEvidence(options: StoredOptions, terminal: Terminal): Promise<Made> {
  const { state = defaultStateDirectory(), days, rule } = options;
  const tenant = await chooseTenant(state, options.tenant);
  const links = await readChain(state, tenant).catch((error: unknown) => {
    if (error instanceof ChainDamaged) throw new UsageError(error.message);
    throw error;
  });
  const evidence = { tenant, days, links: part(links, days, rule) };
  const closed = new Set(evidence.links.flatMap(({ record }) => (record?.kind === 'day' ? record.day : [])));
  const missing = [...daysBetween(days)].filter((day) => !closed.has(day));
  if (missing.length > 0)
    terminal.err(
      `betrace evidence: nothing is recorded for ${plural(missing.length, 'day')}: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}\n`,
    );
  return { evidence, partial: missing.length > 0 };
}

/** From the first to the last link of the days; of what lies in between and is not asked for only hashes. */
function part(links: readonly Link[], days: Days, rules: readonly string[] | undefined): readonly Link[] {
  const wanted = ({ record }: Link): boolean =>
    record !== undefined && record.day >= days.first && record.day <= days.last;
  const named = ({ record }: Link): boolean =>
    rules === undefined || record?.kind !== 'rule' || rules.includes(record.rule.id);
  return links
    .slice(links.findIndex(wanted), links.findLastIndex(wanted) + 1)
    .map((link) => (wanted(link) && named(link) ? link : withoutRecord(link)));
}

async function chooseTenant(state: string, name: string | undefined): Promise<string> {
  const tenants = await evidenceTenants(state);
  const listed = tenants.map((tenant) => printable(tenant)).join(', ');
  if (tenants.length === 0) throw new UsageError(`--state: there is no evidence in "${state}".`);
  if (name === undefined) {
    const [only, ...others] = tenants;
    if (only !== undefined && others.length === 0) return only;
    throw new UsageError(`--tenant is needed, as there are ${tenants.length}: ${listed}.`);
  }
  if (tenants.includes(name)) return name;
  throw new UsageError(`--tenant: there is no evidence of "${name}". There is of ${listed}.`);
}
