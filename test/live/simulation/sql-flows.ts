/** The database of flows, in a file that outlives the processes of a seed: what is in it when one of them is killed is what the next one finds. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowStore } from '../../../engine/live/flows/flow-store.js';
import type { SqlEvaluator } from '../../../engine/live/judge/sql-evaluator.js';
import { openSql } from './compared-evaluator.js';
import { ComparedFlowStore } from './compared-flow-store.js';
import type { FlowShelf } from './flow-shelf.js';
import type { ServiceProcess } from './service-process.js';
import type { TrustedFlowStore } from './trusted-flow-store.js';

export interface SqlFlowsOptions {
  /** Whether cases are never settled while spans may come: then all counts are known. */
  readonly isExact: boolean;
  readonly onFault: (fault: string) => void;
}

export class SqlFlows {
  private readonly directory = mkdtempSync(join(tmpdir(), 'betrace-simulated-flows-'));
  private files = 0;
  private opened: SqlEvaluator | undefined;
  private busy = false;
  private wasCut = false;

  constructor(private readonly options: SqlFlowsOptions) {}

  /** For one process. */
  async open(process: ServiceProcess, trusted: TrustedFlowStore, shelf: FlowShelf): Promise<FlowStore> {
    this.opened?.close();
    const evaluator = await openSql();
    this.opened = evaluator;
    const path = this.path;
    const alive = (): void => {
      if (!process.alive) throw new Error('EIO: the process is gone');
    };
    process.onKill = () => this.leave(path);
    return new ComparedFlowStore(await evaluator.flowsIn(path), trusted, {
      ...{ shelf, alive },
      isExact: () => this.options.isExact && !this.wasCut,
      noteCutShort: (busy) => {
        if (process.alive) this.busy = busy;
      },
      onFault: this.options.onFault,
    });
  }

  close(): void {
    this.opened?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get path(): string {
    return join(this.directory, `${this.files}.db`);
  }

  /** What of the file is there now, with the log of the database, perhaps in the middle of a write. */
  private leave(path: string): void {
    if (this.busy) this.wasCut = true;
    this.busy = false;
    this.files++;
    for (const end of ['', '.wal'])
      if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${this.path}${end}`);
  }
}
