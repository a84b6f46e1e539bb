import type { ReplayResult } from '../../../engine/replay/result.js';
import { plural } from '../../shared/numbers.js';

/** Where spans share an id, what that means for them, in a line. */
export function sharingText({ spansSharingId }: ReplayResult): string | undefined {
  if (spansSharingId === 0) return undefined;
  return `${plural(spansSharingId, 'span')} share their id with another span of their trace; each is judged by itself`;
}
