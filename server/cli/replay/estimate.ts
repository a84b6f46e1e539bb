/** `betrace replay --estimate`: what a replay would ask for, before it does. */

import { estimateReading } from '../../../engine/blocks/flatten/estimate.js';
import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import type { Tenant } from '../../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import type { ResolvedRule } from '../../../engine/language/link/resolved.js';
import { firstColumns, neededColumns } from '../../../engine/replay/needed-columns.js';
import type { Window } from '../../../engine/sql/relations/window.js';
import { formatBytes, formatDuration, plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';

function dollarsText(dollars: number): string {
  if (dollars < 0.0001) return 'less than $0.0001';
  return `about $${dollars < 0.01 ? dollars.toFixed(4) : dollars.toFixed(2)}`;
}

interface Estimated {
  readonly storage: Storage;
  readonly tenant: Tenant;
  readonly window: Window;
  readonly rules: readonly ResolvedRule[];
}

/** What two cores decode in a second; a guess, as everything that follows from it. */
const BYTES_PER_SECOND = 40_000_000;
/** Blocks that are asked for at once. */
const AT_ONCE = 8;
/** The list prices of S3 Standard in most regions, in dollars; the others are much alike. */
const DOLLARS_PER_GET = 0.4e-6;
const DOLLARS_PER_LIST = 5e-6;

export async function estimateText({ storage, tenant, window, rules }: Estimated): Promise<string> {
  const { blocks, outside, unread } = await listBlocks(storage, tenant, window);
  const lists = storage.traffic?.lists ?? 0;
  const started = performance.now();
  const inBucket = storage.localPath === undefined;
  const estimate = await estimateReading(
    storage,
    blocks,
    neededColumns(rules),
    inBucket ? firstColumns(rules) : undefined,
  );
  const perRequest = (performance.now() - started) / Math.max(1, estimate.sampled);
  const { requests, bytes, size, first } = estimate;
  const ms = Math.max((requests * perRequest) / AT_ONCE, (bytes / BYTES_PER_SECOND) * 1000);
  const amountText = (bytes: number): string => {
    const share = size === 0 ? 0 : (100 * bytes) / size;
    return `${formatBytes(bytes)} (${share.toFixed(share < 10 ? 1 : 0)} %)`;
  };
  const lines = [
    `${printable(storage.description)}, tenant ${printable(tenant.name)}: ${plural(blocks.length, 'block')} of ${formatBytes(size)} in the range, ${plural(outside, 'block')} outside`,
    ...(unread.length > 0 ? [`${plural(unread.length, 'block')} cannot be read`] : []),
    `to read: about ${amountText(bytes)} in ${plural(requests, 'request')}, by the layout of ${plural(estimate.sampled, 'block')}; what the cache has is not read again`,
    ...(first === undefined || first.bytes >= bytes
      ? []
      : [
          `of that, ${amountText(first.bytes)} in ${plural(first.requests, 'request')} shows which traces to look at; where they are few, little more is read`,
        ]),
    `time: about ${formatDuration(ms)} on two cores, a guess`,
  ];
  if (storage.traffic !== undefined) {
    const dollars = requests * DOLLARS_PER_GET + lists * DOLLARS_PER_LIST;
    lines.push(
      `cost: ${dollarsText(dollars)} for requests at the list prices of S3; transfer out of the region is not counted`,
    );
  }
  return `${lines.join('\n')}\n`;
}
