import { parseTime } from '../../shared/typed-values.js';
import { UsageError } from '../../shared/usage-error.js';

/** What `--from` and `--to` mean, in nanoseconds since the Unix epoch. Throws `UsageError`. */
export function parseWindow(
  from: string | undefined,
  to: string | undefined,
): { readonly fromNs?: bigint; readonly toNs?: bigint } {
  const window = {
    ...(from !== undefined && { fromNs: parseTime('--from', from) }),
    ...(to !== undefined && { toNs: parseTime('--to', to) }),
  };
  if (window.fromNs !== undefined && window.toNs !== undefined && window.fromNs >= window.toNs)
    throw new UsageError('--from must be before --to.');
  return window;
}
