import { RelativePattern, Uri, window, workspace } from 'vscode';
import { UntrustedError } from './backend.js';
import type { Parts } from './parts.js';
import type { Platform } from './platform.js';
import { withProgress } from './progress.js';
import { replay } from './replay.js';
import { settings } from './settings.js';

/**
 * A first replay without any Tempo: opens example rules and replays them over example traces, which both come with the program. Until
 * settings change or BeTrace is restarted, this window asks about those traces.
 */
export async function openSample(parts: Parts, { processes }: Platform): Promise<void> {
  if (!workspace.isTrusted) throw new UntrustedError();
  if (processes === undefined)
    throw new Error('The example traces come with the program, which an editor in a browser cannot start.');
  const sample = await withProgress(
    'Looking for the example traces',
    async (_, signal) => await processes.sampleOf(settings().path, signal),
  );
  if (sample === undefined) return;
  const [file] = await workspace.findFiles(new RelativePattern(Uri.file(sample.rules), 'payments.betrace'));
  if (file === undefined) throw new Error(`no payments.betrace is in ${sample.rules}`);
  parts.backend.useSample(sample);
  await window.showTextDocument(await workspace.openTextDocument(file));
  await replay(parts, file);
}
