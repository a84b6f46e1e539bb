/** What keeps the caches of one process from evicting what it uses. */

/** How often each entry directory is in use by this process. Shared by its caches, as they may share a directory. */
const pins = new Map<string, number>();

/** Keeps an entry from eviction until the returned function is called (again is no harm). */
export function pin(directory: string): () => void {
  pins.set(directory, (pins.get(directory) ?? 0) + 1);
  let pinned = true;
  return () => {
    if (!pinned) return;
    pinned = false;
    const left = (pins.get(directory) ?? 0) - 1;
    if (left > 0) pins.set(directory, left);
    else pins.delete(directory);
  };
}

export function isPinned(directory: string): boolean {
  return pins.has(directory);
}

/** Looking an entry up and evicting one exclude each other within this process. */
let turn: Promise<unknown> = Promise.resolve();

export function exclusively<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work);
  turn = result.catch(() => undefined);
  return result;
}
