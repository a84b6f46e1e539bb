import { Router } from 'express';

/**
 * Every router of the service. Its paths are case-sensitive, as RFC 3986 has them and Express by default has not: a proxy that guards `/betrace/v1/replays`,
 * as Grafana's does for the plugin, would not know `/betrace/v1/Replays` for the same.
 */
export function pathRouter(): Router {
  return Router({ caseSensitive: true });
}
