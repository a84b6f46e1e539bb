import type { CodeEntry } from '../language/problems/codes/entry.js';
import { BLOCK_FORMATS } from './block-formats.js';

/** What can be wrong with stored blocks, `BT4xxx`. A warning loses nothing, an error leaves something unread. Part of the catalogue of all codes. */
export const BLOCK_CODES = {
  BT4001: {
    title: 'meta.json not understood',
    severity: 'error',
    explanation:
      'The block has a meta.json that is not what Tempo writes: not JSON, or without a format, times or counts. The block stays unread.',
    advice: 'Look whether Tempo reads the block; if not, remove it or restore its meta.json.',
  },
  BT4002: {
    title: 'Block format not supported',
    severity: 'error',
    explanation: `The block is of a format, or declares a kind of dedicated column, that betrace does not read. ${BLOCK_FORMATS.slice(0, -1).join(', ')} and ${BLOCK_FORMATS.at(-1)} are read; previews of a format are not. The block stays unread.`,
    advice: 'Wait until Tempo has compacted the block into a format that is read, or set Tempo to write one.',
  },
  BT4003: {
    title: 'Block is gone',
    severity: 'error',
    explanation:
      'The block was listed, but its files are gone and no block that took its place was found: retention or another program removed it.',
    advice: 'Run the replay again; its window may now start later.',
  },
  BT4004: {
    title: 'Storage cannot be read',
    severity: 'error',
    explanation:
      'The storage refused: no permission, a failing disk, or a link that leads out of the storage.',
    advice: 'Give the user that runs betrace the right to read the path, or check the disk.',
  },
  BT4005: {
    title: 'Tenant index cannot be read',
    severity: 'warning',
    explanation:
      'index.pb.zst or index.json.gz is damaged. Nothing is lost: the blocks are found by listing instead, which is slower on object storage.',
    advice: 'Nothing, or let Tempo write its index anew.',
  },
  BT4006: {
    title: 'Bucket not found',
    severity: 'error',
    explanation: 'There is no bucket or container of that name, or not in that region or at that endpoint.',
    advice: 'Look at the name in the address, at the region (`storage.s3.region`) and the endpoint.',
  },
  BT4007: {
    title: 'Bucket may not be read',
    severity: 'error',
    explanation:
      'The store knows the credentials, or has none, and refuses to list or to read with them. Which credentials were used is in the message.',
    advice:
      'Allow the identity that the message names to list the bucket and read its objects, or give another.',
  },
  BT4008: {
    title: 'No credentials for the bucket',
    severity: 'error',
    explanation:
      'Nothing that the settings, the environment or this machine have gives credentials for the store.',
    advice:
      'Give credentials by the environment, a role or the settings; the message says which are looked for.',
  },
  BT4009: {
    title: 'Store is not reached',
    severity: 'error',
    explanation:
      'The store did not answer, failed, or cut its answers off, each time that it was tried; or it is asked for more than it gives.',
    advice:
      'Run the replay again; if it stays so, look whether the store is reached from here, or raise `storage.requests.tries`.',
  },
  BT4010: {
    title: 'Data file is corrupt',
    severity: 'error',
    explanation: 'data.parquet is truncated, damaged or not parquet. The block stays unread.',
    advice: 'Look whether Tempo reads the block; if not, restore or remove it.',
  },
  BT4011: {
    title: 'Data file is foreign',
    severity: 'error',
    explanation:
      'data.parquet is parquet, but lacks a column that every block of Tempo has. The block stays unread.',
    advice: 'Remove the file, or point --blocks to the storage of Tempo.',
  },
  BT4012: {
    title: 'Reader crashed',
    severity: 'error',
    explanation:
      'The worker that read the block ended without a result, most likely for want of memory, or found that reading it takes more than `--memory` allows.',
    advice: 'Give more `--memory`, replay a narrower window, or use a machine with more memory.',
  },
  BT4013: {
    title: 'Place of blocks not understood',
    severity: 'error',
    explanation:
      'What `--blocks`, the settings of `storage` or the file of `--tempo-config` say of where the blocks are is no address, or names what is not there.',
    advice:
      'Write the address as `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `azblob://ACCOUNT/CONTAINER/PREFIX` or the path of a folder.',
  },
  BT4014: {
    title: 'Client of the store is not installed',
    severity: 'error',
    explanation:
      'Buckets are read with the official client of their store, which is an optional part of the package, and was left out when it was installed.',
    advice: 'Install the package that the message names.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

export type BlockProblemCode = keyof typeof BLOCK_CODES;
