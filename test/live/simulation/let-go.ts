/** What the log of spans has let go of: requests that would be lost in a crash from then on. */
import { frames } from '../../../engine/live/log/frame.js';
import { segmentNumber } from '../../../engine/live/log/segment.js';
import { decodeSpanRecord } from '../../../engine/live/span-log/record.js';
import type { FaultyDisk } from '../log/faulty-disk.js';

export class LetGo {
  private readonly bodies = new Set<string>();

  constructor(private readonly disk: FaultyDisk) {
    disk.onRemove = (name, bytes) => {
      for (const body of bodiesIn(name, bytes)) this.bodies.add(body);
    };
  }

  /** Whether the log had the request once, and has it no more. */
  async has(body: Uint8Array): Promise<boolean> {
    const text = textOf(body);
    if (!this.bodies.has(text)) return false;
    // It may have been sent again.
    for (const name of await this.disk.list())
      for (const other of bodiesIn(name, await this.disk.read(name))) if (other === text) return false;
    return true;
  }
}

function* bodiesIn(name: string, bytes: Uint8Array): Generator<string> {
  const segment = segmentNumber(name);
  if (segment === undefined) return;
  for (const found of frames(segment, bytes)) {
    if (found.kind !== 'record') continue;
    const record = decodeSpanRecord(found.payload);
    if (record.kind === 'spans') yield textOf(record.body);
  }
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString('latin1');
}
