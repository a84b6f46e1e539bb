import type { CatalogueEntry } from '../engine/language/codes.js';

/** Why the service refuses or fails to answer, `BT501x` whatever is asked, `BT502x` by its own API. Part of the catalogue of all codes. */
export const SERVICE_CODES = {
  BT5010: {
    title: 'Not authenticated',
    severity: 'error',
    explanation: 'Tokens are configured, and the request has none of them.',
    advice: 'Send `Authorization: Bearer TOKEN` with a token of `auth.tokens`.',
  },
  BT5011: {
    title: 'Tenant not open',
    severity: 'error',
    explanation:
      'With multitenancy a request names exactly one tenant in `X-Scope-OrgID`, and a token opens only the tenants that are configured for it.',
    advice: 'Name a tenant that the token opens, or add it to the token’s tenants.',
  },
  BT5012: {
    title: 'Took too long',
    severity: 'error',
    explanation:
      'The answer was not there within `query.timeout`, waiting included, and the question was cancelled.',
    advice: 'Ask for a shorter range, start a replay instead, or raise the bound.',
  },
  BT5013: {
    title: 'Service is stopping',
    severity: 'error',
    explanation: 'The process was told to stop while the request was being answered.',
    advice: 'Ask again when it has started.',
  },
  BT5014: {
    title: 'URL too long',
    severity: 'error',
    explanation: 'Path and query together are longer than `http.max_url`.',
    advice: 'Shorten the query, send it in a body where that is possible, or raise the bound.',
  },
  BT5015: {
    title: 'Unknown host name',
    severity: 'error',
    explanation:
      'The request names a host that the service does not go by. A web page could reach a service of this machine through such a name.',
    advice: 'Use the address that the service listens on, or add the name to `http.allowed_hosts`.',
  },
  BT5016: {
    title: 'Too much is waiting',
    severity: 'error',
    explanation:
      'As many questions or replays of the tenant wait as `query.queue` and `replay.jobs_per_tenant` allow.',
    advice: 'Try again later; `Retry-After` says when.',
  },
  BT5017: {
    title: 'Not enough memory for the question',
    severity: 'error',
    explanation:
      'One question may use its share of `query.memory`, and this one needs more even in small parts.',
    advice: 'Narrow the query or its range, or raise the bound.',
  },
  BT5018: {
    title: 'Origin not allowed',
    severity: 'error',
    explanation: 'The request comes from a web page whose origin is not configured.',
    advice: 'Add the origin to `http.cors_origins` if its scripts may read traces.',
  },
  BT5019: {
    title: 'Unexpected failure',
    severity: 'error',
    explanation:
      'A defect of BeTrace, or something that the machine refused. The log has it under the id of the request.',
    advice: 'Look into the log; report a defect.',
  },
  BT5020: {
    title: 'Request not understood',
    severity: 'error',
    explanation: 'A parameter or the body is not what the OpenAPI document says.',
    advice: 'Change what the message names.',
  },
  BT5021: {
    title: 'No rule to run',
    severity: 'error',
    explanation: 'The request names a rule that is not there, or nothing is left to run.',
    advice: 'Ask for the rules in force, or send their text.',
  },
  BT5022: {
    title: 'No result',
    severity: 'error',
    explanation: 'The replay is still going on, or ended without a result.',
    advice: 'Wait for its end, which its events tell.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
