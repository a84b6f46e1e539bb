import type { LogOutputChannel } from 'vscode';
import type { Processes } from '../processes/port.js';
import type { Backend } from './backend.js';
import type { ClauseMarks } from './clause-marks.js';
import type { LanguageService } from './language-service.js';
import type { ReplayHistory } from './replay-history.js';
import type { StatusBar } from './status-bar.js';
import type { Views } from './views.js';

/** What commands work with. */
export interface Parts {
  readonly backend: Backend;
  readonly language: LanguageService;
  readonly views: Views;
  readonly status: StatusBar;
  readonly output: LogOutputChannel;
  readonly history: ReplayHistory;
  readonly marks: ClauseMarks;
  /** Undefined in the web. */
  readonly processes: Processes | undefined;
}
