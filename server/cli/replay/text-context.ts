import type { ReplayResult } from '../../../engine/replay/result.js';
import type { Glyphs } from '../../shared/glyphs.js';
import type { Style } from '../../shared/terminal.js';

export interface TextContext {
  readonly result: ReplayResult;
  readonly samples: number;
  readonly nowMs: number;
  readonly width: number;
  readonly style: Style;
  readonly glyphs: Glyphs;
}
