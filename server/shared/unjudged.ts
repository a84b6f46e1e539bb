import type { UnjudgedWindows } from '../../engine/verdicts/window-violation.js';

/** Why windows were not judged. */
export const UNJUDGED: Readonly<Record<UnjudgedWindows['reason'], string>> = {
  range: 'in the range only in part',
  series: 'with too many series',
  prior: 'before which not enough is stored',
};
