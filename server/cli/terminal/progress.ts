/** A line on standard error that says how far a long run is; nothing at all where that is not a terminal. */
import { formatDuration, formatShort, plural } from '../../shared/numbers.js';
import { truncate } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';

export interface ProgressState {
  readonly blocksDone: number;
  readonly blocks: number;
  readonly spans: number;
  /** How much of the work is done, 0 to 1, if it is better known than by counting blocks. */
  readonly fraction?: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Removes the line. To be called before anything else is printed. */
  clear(): void;
}

const REDRAW_MS = 100;
const ERASE_LINE = '\r\u001b[2K';
const BAR_WIDTH = 24;

export function startProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  if (!terminal.interactive) return { update: () => undefined, clear: () => undefined };
  const started = now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let visible = false;
  return {
    update: (state) => {
      const time = now();
      if (time - drawnAt < REDRAW_MS) return;
      drawnAt = time;
      visible = true;
      // One column is left free: some terminals wrap a line that is exactly full.
      terminal.err(ERASE_LINE + truncate(progressLine(state, time - started), terminal.width - 1));
    },
    clear: () => {
      if (visible) terminal.err(ERASE_LINE);
      visible = false;
    },
  };
}

/** `[######------] 3/12 blocks · 1.2M spans · 450k spans/s · 12 s left` */
export function progressLine(state: ProgressState, elapsedMs: number): string {
  const { blocksDone, blocks, spans } = state;
  const fraction = Math.min(1, Math.max(0, state.fraction ?? (blocks > 0 ? blocksDone / blocks : 0)));
  const filled = Math.round(fraction * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
  const parts = [`${blocksDone}/${plural(blocks, 'block')}`, `${formatShort(spans)} spans`];
  if (elapsedMs > 0 && spans > 0) parts.push(`${formatShort((spans * 1000) / elapsedMs)} spans/s`);
  // The first moments say little about the rest.
  if (fraction > 0.02 && fraction < 1 && elapsedMs > 500) {
    parts.push(`${formatDuration((elapsedMs * (1 - fraction)) / fraction)} left`);
  }
  return `${bar} ${parts.join(' · ')}`;
}
