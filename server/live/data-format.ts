import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../shared/start-error.js';
import { textFile } from './text-file.js';

/**
 * Of what is in `live.directory`. 1: before there was a file that says so; its logs are read as they are. 2: segments name the one
 * before, and the log of spans has marks of what is open. 3: that log also has the time, and what was judged. 4: there are flows, and
 * the outbox has what was found in them. 5: what is kept of flows is laid out for rules that change one by one, and the tally counts their cases. 6: what is kept of flows
 * and windows says which format it has, as cases of flows are counted by what they are; and the outbox has what evidence is to count of changes. A number is raised when an older version would misunderstand what is
 * written, or would not see a part of it.
 */
export const DATA_FORMAT = 6;

const NAME = 'format.json';
/** Folders that have what a version before the file wrote. */
const LOGS = ['spans', 'outbox', 'tally'];

/**
 * Says in the folder which format it has, once it is known that this version reads it; to be called by the folder's owner, before
 * anything else. Returns the format that was there, undefined for a new folder. Rejects with `StartError`: BT5041 for a newer
 * format, BT5042 for a file that says none. Nothing has changed then.
 */
export async function claimFormat(directory: string, version: string): Promise<number | undefined> {
  const path = join(directory, NAME);
  const found = await formatIn(path);
  if (found !== undefined && found.format > DATA_FORMAT)
    throw new StartError(
      'BT5041',
      `live.directory "${directory}" has format ${found.format}, written by betrace ${found.by}; this is ${version}, which reads up to ${DATA_FORMAT}. Start the newer version, or restore a backup from before the upgrade. Nothing was changed.`,
    );
  const before = found?.format ?? ((await hasLogs(directory)) ? 1 : undefined);
  if (before !== DATA_FORMAT)
    await textFile(path).save(`${JSON.stringify({ format: DATA_FORMAT, by: version })}\n`);
  return before;
}

interface Format {
  readonly format: number;
  readonly by: string;
}

/** Undefined where there is no such file. */
async function formatIn(path: string): Promise<Format | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    throw foreign(path, `cannot be read (${code})`, error);
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && 'format' in json && Number.isInteger(json.format))
      return { format: Number(json.format), by: 'by' in json ? String(json.by) : 'of an unknown version' };
  } catch (error) {
    throw foreign(path, 'is no JSON', error);
  }
  throw foreign(path, 'names no format');
}

function foreign(path: string, what: string, cause?: unknown): StartError {
  return new StartError(
    'BT5042',
    `"${path}" ${what}: restore it, or remove it if the folder was written by this version. Nothing was changed.`,
    { cause },
  );
}

async function hasLogs(directory: string): Promise<boolean> {
  const names = new Set(await readdir(directory));
  return LOGS.some((name) => names.has(name));
}
