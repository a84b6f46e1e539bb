/** `betrace replay --shard`: one share of a replay, for `betrace merge`. */
import type { Tenant } from '../../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import type { RulesToReplay } from '../../../engine/replay/replay.js';
import { isPartial } from '../../../engine/replay/result.js';
import { replayShare } from '../../../engine/replay/shares/replay-share.js';
import { shareJson } from '../../../engine/replay/shares/share-file.js';
import { storageRead } from '../../../engine/replay/storage-read.js';
import { printableJson } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { UsageError } from '../../shared/usage-error.js';
import { version } from '../../shared/version.js';
import { type BlocksToRead, overBlocks } from '../over-blocks.js';
import { warnOf } from './warnings.js';

interface Shard {
  /** From 1 to `shares`. */
  readonly share: number;
  readonly shares: number;
}

/** Far more processes than any replay is worth. */
const MOST_SHARES = 10_000;

/** `1/4`, the first of four, or `job/4`: that of a Kubernetes Job with indexed completions, which counts from 0. Throws `UsageError`. */
function parseShard(text: string, env: Readonly<Record<string, string | undefined>>): Shard {
  const [, number = '', count = ''] = /^(\d{1,6}|job)\/(\d{1,6})$/.exec(text.trim()) ?? [];
  const shares = Number(count);
  const share = number === 'job' ? jobIndex(env) + 1 : Number(number);
  if (count !== '' && shares >= 1 && shares <= MOST_SHARES && share >= 1 && share <= shares)
    return { share, shares };
  throw new UsageError(
    `--shard: "${text}"${number === 'job' && count !== '' ? `, which is ${share}/${shares} here,` : ''} is no share. Write 1/4 for the first of four, up to ${MOST_SHARES} of them; or job/4 in a Kubernetes Job of four indexed completions.`,
  );
}

const INDEX = 'JOB_COMPLETION_INDEX';

function jobIndex(env: Readonly<Record<string, string | undefined>>): number {
  const index = env[INDEX] ?? '';
  if (/^\d{1,6}$/.test(index)) return Number(index);
  throw new UsageError(
    `--shard: job/… is for a Job with completionMode: Indexed, which sets ${INDEX}; it is ${index === '' ? 'not set' : `"${index}"`} here.`,
  );
}

interface ShardOptions {
  readonly shard?: string;
  readonly from?: string;
  readonly to?: string;
  readonly format?: string;
  readonly [other: string]: unknown;
}

/** The share that options ask for. Throws `UsageError` for what is none, and for options that need all traces together. */
export function shardOf(options: ShardOptions, env: Readonly<Record<string, string | undefined>>): Shard {
  const { from, to, format, shard = '' } = options;
  const parsed = parseShard(shard, env);
  for (const other of ['otlp', 'estimate', 'why', 'emit', 'emit-attribute'])
    if (options[other] !== undefined)
      throw new UsageError(`BT3015: --shard and --${other} exclude one another.`);
  if (format !== undefined && format !== 'json')
    throw new UsageError(
      `BT3015: a share is JSON for betrace merge, which writes ${format}: leave --format ${format} to it.`,
    );
  for (const [option, time] of [
    ['--from', from],
    ['--to', to],
  ] as const)
    if (time === undefined || AGO.test(time.trim()))
      throw new UsageError(
        `BT3015: --shard needs ${option} as a time, such as 2026-11-20T08:00:00Z: all shares must judge the same range, whenever each runs.`,
      );
  return parsed;
}

/** Times that are another one each time that they are asked. */
const AGO = /[smhdw]$|ago$|^now$/;

/** Writes the share; whether it is of all that it should be. */
export async function writeShare(
  blocks: BlocksToRead & { readonly storage: Storage; readonly tenant: Tenant },
  judging: RulesToReplay,
  shard: Shard,
  terminal: Terminal,
): Promise<boolean> {
  const { fromNs, toNs } = blocks.window;
  if (fromNs === undefined || toNs === undefined) throw new TypeError('a share needs a range');
  const { why: _, carries: __, ...rules } = judging;
  const { result: share } = await overBlocks(blocks, terminal, (traces) =>
    replayShare({ ...traces, ...rules, ...shard, window: { fromNs, toNs } }),
  );
  const read = storageRead(blocks.storage);
  const { result } = share;
  warnOf(result, terminal);
  const whole = { ...share, result: read === undefined ? result : { ...result, read } };
  terminal.out(`${printableJson(shareJson(whole, await version()))}\n`);
  return !isPartial(result) && share.windows.every(({ problem }) => problem === undefined);
}
