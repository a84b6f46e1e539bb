import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Head, hashOf, type Link, linkText, nextLink } from '../../engine/evidence/chain.js';
import type { SigningKey } from '../../engine/evidence/keys.js';
import type { EvidenceRecord } from '../../engine/evidence/record.js';
import { syncFolder } from '../../engine/live/log/disk-local.js';
import { ChainDamaged, chainFiles, fileName, readChainFile } from './chain-files.js';

/** A file that has grown to this is followed by another, so that old ones can go. */
const FILE_BYTES = 4 * 2 ** 20;

/** The chain of one tenant on disk: only ever appended to, but for whole files that have become too old. */
export class ChainStore {
  private constructor(
    private readonly directory: string,
    private readonly key: SigningKey,
    private file: string | undefined,
    private bytes: number,
    /** The newest links: of the last file, and the one before. */
    private recent: readonly Link[],
  ) {}

  /** Cuts off what a crash left of a write that was never acknowledged. Rejects with `ChainDamaged`. */
  static async open(directory: string, key: SigningKey): Promise<ChainStore> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const names = (await chainFiles(directory)).slice(-2);
    const links: Link[] = [];
    let bytes = 0;
    for (const name of names) {
      const read = await readChainFile(directory, name);
      if (read.whole < read.bytes) await cut(directory, name, read.whole);
      links.push(...read.links);
      bytes = read.whole;
    }
    checkPlaces(directory, links);
    return new ChainStore(directory, key, names.at(-1), bytes, links);
  }

  get head(): Head | undefined {
    return this.recent.at(-1);
  }

  /** Whether one of the newest records is of the same rule, or end, of the same part of a day. */
  has(record: EvidenceRecord): boolean {
    const name = nameOf(record);
    return this.recent.some((link) => link.record !== undefined && nameOf(link.record) === name);
  }

  /** Resolves once the records survive a crash, as the links after the last. */
  async append(records: readonly EvidenceRecord[]): Promise<void> {
    if (records.length === 0) return;
    let { head } = this;
    const links = records.map((record) => {
      const link = nextLink(head, record, this.key);
      head = link;
      return link;
    });
    const [first] = links;
    if (first === undefined) return;
    if (this.bytes >= FILE_BYTES) this.file = undefined;
    const isNew = this.file === undefined;
    const name = this.file ?? fileName(first.seq);
    const before = isNew ? 0 : this.bytes;
    const text = Buffer.from(links.map((link) => `${linkText(link)}\n`).join(''));
    const handle = await open(join(this.directory, name), 'a', 0o600);
    try {
      // Nobody knows what a write that failed has left.
      await handle.truncate(before);
      await handle.appendFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (isNew) await syncFolder(this.directory);
    this.file = name;
    this.bytes = before + text.length;
    this.recent = [...this.recent.slice(-10_000), ...links];
  }

  /** Removes the oldest files in which everything was made before `time`. The last one stays. Returns how many went. */
  async dropBefore(time: string): Promise<number> {
    let dropped = 0;
    for (const name of (await chainFiles(this.directory)).slice(0, -1)) {
      const { links } = await readChainFile(this.directory, name);
      if (links.some(({ record }) => record === undefined || record.producedAt >= time)) break;
      await rm(join(this.directory, name));
      dropped++;
    }
    return dropped;
  }
}

function nameOf(record: EvidenceRecord): string {
  const rule = record.kind === 'rule' ? [record.rule.id, record.rule.revision] : [];
  return JSON.stringify([record.kind, record.day, record.part, ...rule]);
}

/** Nothing is put behind what is not a chain. */
function checkPlaces(directory: string, links: readonly Link[]): void {
  let before: Link | undefined;
  for (const link of links) {
    if (hashOf(link) !== link.hash)
      throw new ChainDamaged(`BT5031: link ${link.seq} in ${directory} was changed`);
    if (before !== undefined && (link.seq !== before.seq + 1 || link.previous !== before.hash))
      throw new ChainDamaged(
        `BT5033: links between ${before.seq} and ${link.seq} in ${directory} are missing`,
      );
    before = link;
  }
}

async function cut(directory: string, name: string, length: number): Promise<void> {
  const handle = await open(join(directory, name), 'r+');
  try {
    await handle.truncate(length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
