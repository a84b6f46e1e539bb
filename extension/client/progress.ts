import { ProgressLocation, window } from 'vscode';
import { showError } from './show-error.js';

export type Report = (message: string, fraction?: number) => void;

/** Runs with progress that can be cancelled; errors are shown, and undefined returned. */
export async function withProgress<T>(
  title: string,
  work: (report: Report, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      const listening = token.onCancellationRequested(() => controller.abort());
      let done = 0;
      try {
        return await work((message, fraction) => {
          const increment = fraction === undefined ? 0 : Math.max(fraction * 100 - done, 0);
          done += increment;
          progress.report({ message, increment });
        }, controller.signal);
      } catch (error) {
        if (!controller.signal.aborted) void showError(error);
        return undefined;
      } finally {
        listening.dispose();
      }
    },
  );
}
