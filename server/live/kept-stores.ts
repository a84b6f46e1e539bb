/** What live judging keeps in databases of its own in the data directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlowStore } from '../../engine/live/flows/flow-store.js';
import type { SqlEvaluator } from '../../engine/live/judge/sql-evaluator.js';
import type { WindowStore } from '../../engine/live/windows/window-store.js';
import { messageOf } from '../../engine/shared/message-of.js';
import { NewerFile } from '../../engine/sql/store/kept-file.js';
import type { Config } from '../config/schema.js';
import { StartError } from '../shared/start-error.js';

export async function openFlows(evaluator: SqlEvaluator, directory: string): Promise<FlowStore> {
  return await openFile(join(directory, 'flows'), 'flows.db', 'flows are judged anew from now on', (path) =>
    evaluator.flowsIn(path),
  );
}

export async function openWindows(
  evaluator: SqlEvaluator,
  directory: string,
  { live, replay }: Config,
): Promise<WindowStore> {
  const { overCounts: mostCounts } = live;
  const { maxSeries } = replay;
  return await openFile(
    join(directory, 'windows'),
    'counts.db',
    'windows are counted anew, and judged over all stored blocks',
    (path) => evaluator.windowsIn(path, { mostCounts, maxSeries }),
  );
}

/** Rejects with `StartError` where the file cannot be read; `without`: what becomes of it when the file is moved away. */
async function openFile<T>(
  folder: string,
  file: string,
  without: string,
  open: (path: string) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, file);
  return await open(path).catch((error: unknown) => {
    if (error instanceof NewerFile)
      throw new StartError(
        'BT5041',
        `"${path}" ${error.message}: start the newer version again, or restore a backup from before the upgrade; or move the folder "${folder}" away, and ${without}. Nothing was changed.`,
        { cause: error },
      );
    throw new StartError(
      'BT5042',
      `"${path}" cannot be read (${messageOf(error)}): restore it; or move the folder "${folder}" away, and ${without}. Nothing was changed.`,
      { cause: error },
    );
  });
}
