import type { Disk } from '../../../engine/live/log/disk.js';
import { segmentNumber } from '../../../engine/live/log/segment.js';

/** Names of the segments of a log, the oldest first. */
export async function segmentsIn(disk: Disk): Promise<readonly string[]> {
  return (await disk.list()).filter((name) => segmentNumber(name) !== undefined).sort();
}
