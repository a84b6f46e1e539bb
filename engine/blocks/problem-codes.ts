import { BLOCK_FORMATS } from './block-formats.js';

/** What can be wrong with stored blocks, `BT4xxx`. Part of the catalogue of all codes. */
interface BlockCodeInfo {
  readonly title: string;
  readonly explanation: string;
}

export const BLOCK_CODES = {
  BT4001: {
    title: 'meta.json not understood',
    explanation:
      'The block has a meta.json that is not what Tempo writes: not JSON, or without a format, times or counts. The block stays unread.',
  },
  BT4002: {
    title: 'block format not supported',
    explanation: `The block is of a format, or declares a kind of dedicated column, that betrace does not read. ${BLOCK_FORMATS.slice(0, -1).join(', ')} and ${BLOCK_FORMATS.at(-1)} are read; previews of a format are not. The block stays unread.`,
  },
  BT4003: {
    title: 'block is gone',
    explanation:
      'The block was listed, but its files are gone and no block that took its place was found: retention or another program removed it.',
  },
  BT4004: {
    title: 'storage cannot be read',
    explanation:
      'The storage refused: no permission, a failing disk, or a link that leads out of the storage.',
  },
  BT4005: {
    title: 'tenant index cannot be read',
    explanation:
      'index.pb.zst or index.json.gz is damaged. Nothing is lost: the blocks are found by listing instead, which is slower on object storage.',
  },
  BT4006: {
    title: 'bucket not found',
    explanation: 'There is no bucket or container of that name, or not in that region or at that endpoint.',
  },
  BT4007: {
    title: 'bucket may not be read',
    explanation:
      'The store knows the credentials, or has none, and refuses to list or to read with them. Which credentials were used is in the message.',
  },
  BT4008: {
    title: 'no credentials for the bucket',
    explanation:
      'Nothing that the settings, the environment or this machine have gives credentials for the store.',
  },
  BT4009: {
    title: 'store is not reached',
    explanation:
      'The store did not answer, failed, or cut its answers off, each time that it was tried; or it is asked for more than it gives.',
  },
  BT4010: {
    title: 'data file is corrupt',
    explanation: 'data.parquet is truncated, damaged or not parquet. The block stays unread.',
  },
  BT4011: {
    title: 'data file is foreign',
    explanation:
      'data.parquet is parquet, but lacks a column that every block of Tempo has. The block stays unread.',
  },
  BT4012: {
    title: 'reader crashed',
    explanation: 'The worker that read the block ended without a result, most likely for want of memory.',
  },
  BT4013: {
    title: 'place of blocks not understood',
    explanation:
      'What `--blocks`, the settings of `storage` or the file of `--tempo-config` say of where the blocks are is no address, or names what is not there.',
  },
  BT4014: {
    title: 'client of the store is not installed',
    explanation:
      'Buckets are read with the official client of their store, which is an optional part of the package, and was left out when it was installed.',
  },
} as const satisfies Readonly<Record<string, BlockCodeInfo>>;

export type BlockProblemCode = keyof typeof BLOCK_CODES;
