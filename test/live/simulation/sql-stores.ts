/** The databases of flows and windows, in files that outlive the processes of a seed: what is in them when one of these is killed is what the next one finds. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowStore } from '../../../engine/live/flows/flow-store.js';
import type { SqlEvaluator } from '../../../engine/live/judge/sql-evaluator.js';
import type { WindowStore } from '../../../engine/live/windows/window-store.js';
import { openSql } from './compared-evaluator.js';
import { ComparedFlowStore } from './compared-flow-store.js';
import { ComparedWindowStore } from './compared-window-store.js';
import type { FlowShelf } from './flow-shelf.js';
import type { ServiceProcess } from './service-process.js';
import type { TrustedFlowStore } from './trusted-flow-store.js';
import type { TrustedWindowStore } from './trusted-window-store.js';
import type { WindowShelf } from './window-shelf.js';

export interface SqlStoresOptions {
  /** Whether cases of flows are never settled while spans may come: then all counts are known. */
  readonly isExact: boolean;
  /** Whether a trace that comes again after it was over may count as another one. */
  readonly mayForget: boolean;
  readonly onFault: (fault: string) => void;
}

/** Counts of one selection that may be kept. */
const MOST_COUNTS = 100_000;

export class SqlStores {
  readonly #directory = mkdtempSync(join(tmpdir(), 'betrace-simulated-'));
  readonly #flows = new StoreFile(join(this.#directory, 'flows'));
  readonly #windows = new StoreFile(join(this.#directory, 'windows'));
  #opened: { readonly process: ServiceProcess; readonly evaluator: SqlEvaluator } | undefined;

  constructor(private readonly options: SqlStoresOptions) {}

  async openFlows(process: ServiceProcess, trusted: TrustedFlowStore, shelf: FlowShelf): Promise<FlowStore> {
    const { isExact, onFault } = this.options;
    const file = this.#flows;
    const evaluator = await this.#evaluatorOf(process);
    return new ComparedFlowStore(await evaluator.flowsIn(file.path), trusted, {
      ...{ shelf, onFault },
      op: async (work) => await file.op(process, work),
      isExact: () => isExact && !file.wasCut,
    });
  }

  async openWindows(
    process: ServiceProcess,
    trusted: TrustedWindowStore,
    shelf: WindowShelf,
  ): Promise<WindowStore> {
    const { mayForget, onFault } = this.options;
    const file = this.#windows;
    const evaluator = await this.#evaluatorOf(process);
    const store = await evaluator.windowsIn(file.path, {
      ...{ mostCounts: MOST_COUNTS, maxSeries: 1000, mostViolations: 1000 },
    });
    return new ComparedWindowStore(store, trusted, {
      ...{ shelf, onFault },
      op: async (work) => await file.op(process, work),
      isExact: () => !mayForget && !file.wasCut,
    });
  }

  close(): void {
    this.#opened?.evaluator.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #evaluatorOf(process: ServiceProcess): Promise<SqlEvaluator> {
    if (this.#opened?.process === process) return this.#opened.evaluator;
    this.#opened?.evaluator.close();
    const evaluator = await openSql();
    this.#opened = { process, evaluator };
    process.onKill = () => {
      this.#flows.leave();
      this.#windows.leave();
    };
    return evaluator;
  }
}

/** A file that a process has open, and that the next one finds as it was left. */
class StoreFile {
  /** Whether a process was killed in the middle of some work: then it is not known whether that was done. */
  wasCut = false;
  #number = 0;
  #busy = false;

  constructor(private readonly stem: string) {}

  get path(): string {
    return `${this.stem}-${this.#number}.db`;
  }

  /** Some work of the database: a process that is killed does no more of it. */
  async op<T>(process: ServiceProcess, work: () => Promise<T>): Promise<T> {
    const mustLive = (): void => {
      if (!process.alive) throw new Error('EIO: the process is gone');
    };
    mustLive();
    this.#busy = true;
    try {
      return await work();
    } finally {
      if (process.alive) this.#busy = false;
      mustLive();
    }
  }

  /** What of it is there now, with the log of the database, perhaps in the middle of a write, is what the next process finds. */
  leave(): void {
    const from = this.path;
    if (this.#busy) this.wasCut = true;
    this.#busy = false;
    this.#number++;
    for (const end of ['', '.wal'])
      if (existsSync(`${from}${end}`)) copyFileSync(`${from}${end}`, `${this.path}${end}`);
  }
}
