import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import type { ServiceContext } from '../context/service-context.js';
import { HttpError } from '../http/http-error.js';
import type { ReplayJob } from '../replays/replay-job.js';
import { selectRules } from '../rules/runnable-rules.js';
import { UsageError } from '../shared/usage-error.js';
import { soundRules, type TextBody } from './text-body.js';
import { windowOf } from './times.js';

/** What to replay over what, as it is asked for. */
export interface ReplayBody extends Partial<TextBody> {
  /** Ids; default: all enabled ones. */
  readonly rules?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly why?: boolean;
}

/** Throws `HttpError` for rules or times that cannot be run, and where the tenant has as many replays as it may. */
export function startReplay({ replays, rules }: ServiceContext, tenant: string, body: ReplayBody): ReplayJob {
  const { text, from, to, limit = 0, why = false } = body;
  const known = text === undefined ? rules.state.rules : soundRules(rules, { ...body, text });
  return replays.start({
    tenant,
    rules: chosen(known, body.rules),
    window: windowOf({ ...(from && { from }), ...(to && { to }) }),
    limit,
    why,
    trial: text !== undefined,
  });
}

function chosen(known: readonly ResolvedRule[], ids: readonly string[] | undefined): readonly ResolvedRule[] {
  try {
    return selectRules(known, ids);
  } catch (error) {
    if (error instanceof UsageError) throw new HttpError(422, error.message, { code: 'BT5021' });
    throw error;
  }
}
