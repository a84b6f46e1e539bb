/** The catalogue of every diagnostic code of the project. */
import { BLOCK_CODES, type BlockProblemCode } from '../../engine/blocks/problem-codes.js';
import type { CodeEntry } from '../../engine/language/problems/codes/entry.js';
import { LANGUAGE_CODES } from '../../engine/language/problems/codes.js';
import { RUN_CODES } from '../../engine/verdicts/run-codes.js';
import { SERVICE_CODES } from './service-codes.js';

/** Each code has one severity: a warning loses nothing, an error leaves something unread. */
const BLOCKS: Readonly<Record<BlockProblemCode, Pick<CodeEntry, 'severity' | 'advice'>>> = {
  BT4001: {
    severity: 'error',
    advice: 'Look whether Tempo reads the block; if not, remove it or restore its meta.json.',
  },
  BT4002: {
    severity: 'error',
    advice: 'Wait until Tempo has compacted the block into a format that is read, or set Tempo to write one.',
  },
  BT4003: {
    severity: 'error',
    advice: 'Run the replay again; its window may now start later.',
  },
  BT4004: {
    severity: 'error',
    advice: 'Give the user that runs betrace the right to read the path, or check the disk.',
  },
  BT4005: {
    severity: 'warning',
    advice: 'Nothing, or let Tempo write its index anew.',
  },
  BT4006: {
    severity: 'error',
    advice: 'Look at the name in the address, at the region (`storage.s3.region`) and the endpoint.',
  },
  BT4007: {
    severity: 'error',
    advice:
      'Allow the identity that the message names to list the bucket and read its objects, or give another.',
  },
  BT4008: {
    severity: 'error',
    advice:
      'Give credentials by the environment, a role or the settings; the message says which are looked for.',
  },
  BT4009: {
    severity: 'error',
    advice:
      'Run the replay again; if it stays so, look whether the store is reached from here, or raise `storage.requests.tries`.',
  },
  BT4010: {
    severity: 'error',
    advice: 'Look whether Tempo reads the block; if not, restore or remove it.',
  },
  BT4011: {
    severity: 'error',
    advice: 'Remove the file, or point --blocks to the storage of Tempo.',
  },
  BT4012: {
    severity: 'error',
    advice: 'Replay a narrower window, or on a machine with more memory.',
  },
  BT4013: {
    severity: 'error',
    advice:
      'Write the address as `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `azblob://ACCOUNT/CONTAINER/PREFIX` or the path of a folder.',
  },
  BT4014: {
    severity: 'error',
    advice: 'Install the package that the message names.',
  },
};

/** What each code means, in the order of the codes. */
export const CODES: ReadonlyMap<string, CodeEntry> = new Map(
  [
    ...LANGUAGE_CODES,
    ...Object.entries<CodeEntry>(RUN_CODES),
    ...Object.entries<CodeEntry>(SERVICE_CODES),
    ...Object.entries(BLOCK_CODES).map(([code, { title, explanation }]): readonly [string, CodeEntry] => [
      code,
      {
        // Not the name of a file.
        title: title.startsWith('meta.json') ? title : title.charAt(0).toUpperCase() + title.slice(1),
        explanation,
        ...BLOCKS[code as BlockProblemCode],
      },
    ]),
  ].sort(([a], [b]) => (a < b ? -1 : 1)),
);
