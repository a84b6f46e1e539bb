/** The named schemas of the API, in the order of the document. */
import result from '../../../engine/replay/result.schema.json' with { type: 'json' };
import type { JsonSchema } from '../operation.js';
import { DIAGNOSTIC_SCHEMAS } from './diagnostics.js';
import { DISCOVERY_SCHEMAS } from './discovery.js';
import { EVIDENCE_SCHEMAS } from './evidence.js';
import { INFO_SCHEMAS } from './info.js';
import { LANGUAGE_SCHEMAS } from './language.js';
import { REPLAY_SCHEMAS } from './replays.js';
import { RULE_SCHEMAS } from './rules.js';
import { SCHEMA_SCHEMAS } from './schema.js';
import { TRACE_SCHEMAS } from './traces.js';

const PROBLEM: JsonSchema = {
  description: 'Why a request was not answered (RFC 9457).',
  type: 'object',
  required: ['type', 'status', 'title', 'detail', 'request'],
  properties: {
    type: { const: 'about:blank' },
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string' },
    code: { description: 'A code of the catalogue.', type: 'string', pattern: '^BT\\d{4}$' },
    request: { description: 'The id under which the log has it.', type: 'string' },
  },
};

export const COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  ...RULE_SCHEMAS,
  ...DIAGNOSTIC_SCHEMAS,
  ...REPLAY_SCHEMAS,
  ReplayResult: result,
  ...TRACE_SCHEMAS,
  ...SCHEMA_SCHEMAS,
  ...LANGUAGE_SCHEMAS,
  ...DISCOVERY_SCHEMAS,
  ...EVIDENCE_SCHEMAS,
  ...INFO_SCHEMAS,
  Problem: PROBLEM,
};
