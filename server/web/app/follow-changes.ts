import { api } from './api.js';

const SOONEST_MS = 2_000;
const LATEST_MS = 30_000;

/**
 * Calls back whenever something has changed that the page shows. A page that nobody sees holds no connection, of which a browser has few; a
 * stream that breaks off is opened again, later and later, and until it is the page asks as often. Returns how to stop.
 */
export function followChanges(onChange: () => void): () => void {
  let left = new AbortController();
  let again: ReturnType<typeof setTimeout> | undefined;
  let wait = SOONEST_MS;
  const open = async (): Promise<void> => {
    const { signal } = left;
    const changed = (): void => {
      wait = SOONEST_MS;
      onChange();
    };
    await api.changes(changed, signal).catch(() => undefined);
    if (signal.aborted) return;
    again = setTimeout(() => {
      onChange();
      void open();
    }, wait);
    wait = Math.min(LATEST_MS, wait * 2);
  };
  const close = (): void => {
    clearTimeout(again);
    left.abort();
  };
  const turn = (): void => {
    close();
    left = new AbortController();
    if (!document.hidden) void open();
  };
  document.addEventListener('visibilitychange', turn);
  turn();
  return () => {
    document.removeEventListener('visibilitychange', turn);
    close();
  };
}
