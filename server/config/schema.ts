/**
 * The one description of the service's configuration: what is validated, what the reference lists, and the type that the
 * code sees all come from it.
 */
import type { ObjectNode, ValueOf } from './schema-node.js';
import { AUTH_SECTION } from './sections/auth.js';
import { ENGINE_SECTION } from './sections/engine.js';
import { EVIDENCE_SECTION } from './sections/evidence.js';
import { EXPORT_SECTION } from './sections/export.js';
import { HTTP_SECTION } from './sections/http.js';
import { LIVE_SECTION } from './sections/live.js';
import { LOG_SECTION } from './sections/log.js';
import { MCP_SECTION } from './sections/mcp.js';
import { OTLP_SECTION } from './sections/otlp.js';
import { QUERY_SECTION } from './sections/query.js';
import { REPLAY_SECTION } from './sections/replay.js';
import { STORAGE_SECTION } from './sections/storage.js';

export const CONFIG_SCHEMA = {
  type: 'object',
  description: 'Configuration of `betrace serve`.',
  additionalProperties: false,
  required: ['storage'],
  properties: {
    rules: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A file, a folder or a pattern.' },
      default: [],
      description:
        'Rule files, folders (every *.betrace file under them) or patterns. They are watched: a change takes effect within seconds, and a file with an error leaves its last good version in force.',
    },
    multitenancy_enabled: {
      type: 'boolean',
      default: false,
      description:
        'As in Tempo: every question then names its tenant in `X-Scope-OrgID`. Without it, all are about `tenant`.',
    },
    tenant: {
      type: 'string',
      pattern: "^[0-9A-Za-z!\\-_.*'()]{1,150}$",
      default: 'single-tenant',
      description: 'The tenant that is served while `multitenancy_enabled` is false.',
    },
    http: HTTP_SECTION,
    auth: AUTH_SECTION,
    storage: STORAGE_SECTION,
    engine: ENGINE_SECTION,
    query: QUERY_SECTION,
    replay: REPLAY_SECTION,
    otlp: OTLP_SECTION,
    live: LIVE_SECTION,
    export: EXPORT_SECTION,
    evidence: EVIDENCE_SECTION,
    mcp: MCP_SECTION,
    log: LOG_SECTION,
  },
} as const satisfies ObjectNode;

export type Config = ValueOf<typeof CONFIG_SCHEMA>;
