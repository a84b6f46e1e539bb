/** Replicas that share tenants: which of them judges what takes the spans of all. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openStorage } from '../../engine/blocks/open-storage.js';
import type { VersionedObjects } from '../../engine/blocks/storage.js';
import { LeasedRechecks } from '../../engine/live/ownership/leased-rechecks.js';
import { Leases } from '../../engine/live/ownership/leases.js';
import type { Rechecks } from '../../engine/live/ownership/rechecks.js';
import { LeasedRules, type RuleOwnership } from '../../engine/live/ownership/rule-ownership.js';
import { TenantLease } from '../../engine/live/ownership/tenant-lease.js';
import { messageOf } from '../../engine/shared/message-of.js';
import type { Config } from '../config/schema.js';
import { ownersPlaceOf, requestsOf } from '../config/storage-place.js';
import { StartError } from '../shared/start-error.js';
import type { LiveContext } from './live-context.js';
import { ownerFile, RECORD_BYTES } from './owner-file.js';
import { ownerMetrics } from './owner-metrics.js';
import { textFile } from './text-file.js';

const RENEWALS = 3;

export interface Owners {
  readonly rules: RuleOwnership;
  /** What is judged once more; undefined where that is not set. */
  readonly rechecks: Rechecks | undefined;
  /** Lets others take over at once. */
  stop(): Promise<void>;
}

/**
 * Undefined where `live.owners` names no place: then this process is the only one. Resolves once it is known who owns each tenant. Rejects with `StartError` where
 * the place cannot be written, or does not make writes conditional.
 */
export async function openOwners(
  { config, log, metrics, queries }: LiveContext,
  directory: string,
): Promise<Owners | undefined> {
  const place = ownersPlaceOf(config);
  if (place === undefined) return undefined;
  const storage = openStorage(place, requestsOf(config.storage));
  const versions = storage.versions!;
  const replica = await replicaOf(directory);
  await checkWrites(versions, storage.description, replica);
  const { ownerLease: leaseMs } = config.live;
  const session = randomUUID();
  const counters = { failures: 0 };
  const leases = new Leases(
    (tenant) =>
      new TenantLease({
        shared: ownerFile(versions, tenant),
        ...{ replica, session, leaseMs },
        now: () => performance.now(),
        onProblem: (reason) => {
          counters.failures++;
          log.error({ tenant, reason }, 'who owns a tenant could not be settled');
        },
        onChange: (isOwner) =>
          log.info(
            { tenant, replica },
            isOwner ? 'this replica owns a tenant' : 'this replica owns a tenant no more',
          ),
      }),
  );
  ownerMetrics(metrics.registry, leases, counters);
  const tenants = (): readonly string[] => tenantsOf(config, queries.watch.tenants);
  await leases.renew(tenants());
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(async () => await leases.renew(tenants()));
  }, leaseMs / RENEWALS);
  const leaseOf = (tenant: string): TenantLease | undefined => leases.of(tenant);
  const recheckNs = recheckNsOf(config);
  return {
    rules: new LeasedRules(leaseOf, recheckNs),
    rechecks: recheckNs === undefined ? undefined : new LeasedRechecks(leaseOf, recheckNs),
    stop: async () => {
      clearInterval(timer);
      await running;
      await leases.release();
      storage.close?.();
    },
  };
}

/** Nanoseconds until what was judged over stored blocks is judged there once more; undefined where it is not. */
export function recheckNsOf({ live: { recheck } }: Pick<Config, 'live'>): bigint | undefined {
  return recheck === 0 ? undefined : BigInt(recheck) * 1_000_000n;
}

/** Tenants whose stored blocks are judged here. */
export function tenantsOf(
  { multitenancyEnabled, tenant }: Pick<Config, 'multitenancyEnabled' | 'tenant'>,
  known: readonly { readonly name: string }[],
): readonly string[] {
  return known.map(({ name }) => name).filter((name) => multitenancyEnabled || name === tenant);
}

/** A name for the folder: whoever has it has the outbox of what the replica has claimed. */
async function replicaOf(directory: string): Promise<string> {
  const file = textFile(join(directory, 'replica'));
  const known = (await file.load())?.trim();
  if (known !== undefined && known !== '') return known;
  const replica = randomUUID();
  await file.save(`${replica}\n`);
  return replica;
}

/** Some stores take a condition and do not heed it: then each of two replicas would own every tenant. */
export async function checkWrites(versions: VersionedObjects, place: string, replica: string): Promise<void> {
  const path = `owners/check/${replica}`;
  const bytes = Buffer.from(`${randomUUID()}\n`);
  const conditional = async (): Promise<boolean> => {
    const before = await versions.read(path, RECORD_BYTES);
    await versions.write(path, bytes, before?.version);
    return (await versions.write(path, Buffer.from('twice\n'), before?.version)) === 'changed';
  };
  const where = `live.owners "${place}"`;
  const isConditional = await conditional().catch((error: unknown) => {
    throw new StartError('BT5048', `${where}: ${messageOf(error)}. It has to be read and written.`, {
      cause: error,
    });
  });
  if (!isConditional)
    throw new StartError(
      'BT5048',
      `${where} does not make writes conditional, so nothing would keep two replicas from being the owner at once: name another place.`,
    );
}
