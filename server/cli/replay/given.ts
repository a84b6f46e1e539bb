/** `betrace replay --otlp`: rules over files of traces, with no Tempo anywhere. */
import { GivenSpans } from '../../../engine/live/given-traces.js';
import type { GivenTraces } from '../../../engine/spans/traces.js';
import type { Window } from '../../../engine/sql/relations/window.js';
import { plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { readTraceFiles } from '../../trace-files/batches.js';
import { inRun, type Timed } from '../over-blocks.js';

/** What Tempo calls the tenant of whoever has only one: ids of violations are made with it. */
const TENANT = { name: 'single-tenant', path: '' };
/** Of the memory, for the spans as they are read. */
const SPANS_SHARE = 0.25;

export interface FilesToRead {
  readonly files: readonly string[];
  readonly tenant: string | undefined;
  readonly window: Window;
  readonly memory: number;
  readonly cacheDirectory: string | undefined;
}

interface TimedGiven<T> extends Timed<T> {
  /** Some spans could not be read: the result is of the others. */
  readonly partial: boolean;
}

/** Throws `UsageError` for files that are no traces, or too large. */
export async function overGiven<T>(
  { files, tenant, window, memory, cacheDirectory }: FilesToRead,
  terminal: Terminal,
  work: (traces: GivenTraces) => Promise<T>,
): Promise<TimedGiven<T>> {
  let partial = false;
  const timed = await inRun({ cacheDirectory, memory }, terminal, async ({ cache: _, ...bounds }) => {
    const { batches, refused } = await readTraceFiles(files, Math.floor(memory * SPANS_SHARE));
    partial = refused.count > 0;
    for (const message of refused.first) terminal.err(`not read: ${printable(message)}\n`);
    if (partial)
      terminal.err(`betrace replay: partial, ${plural(refused.count, 'span')} could not be read\n`);
    const given = new GivenSpans(batches);
    const ofSpans = tenant === undefined ? TENANT : { name: tenant, path: '' };
    return await work({ ...bounds, tenant: ofSpans, window, memory, given });
  });
  return { ...timed, partial };
}
