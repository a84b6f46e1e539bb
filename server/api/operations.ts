import type { ServiceContext } from '../context/service-context.js';
import type { Operation } from './operation.js';
import { discoverOperations } from './operations/discover.js';
import { eventOperations } from './operations/events.js';
import { evidenceOperations } from './operations/evidence.js';
import { infoOperations } from './operations/info.js';
import { languageOperations } from './operations/language.js';
import { replayOperations } from './operations/replays.js';
import { ruleOperations } from './operations/rules.js';
import { schemaOperations } from './operations/schema.js';
import { textOperations } from './operations/texts.js';
import { traceOperations } from './operations/traces.js';
import { violationOperations } from './operations/violations.js';

/** In the order of the document. */
export function operationsOf(context: ServiceContext): readonly Operation[] {
  return [
    ...ruleOperations(context),
    ...textOperations(context),
    ...replayOperations(context),
    ...violationOperations(context),
    ...traceOperations(context),
    ...schemaOperations(context),
    ...languageOperations(context),
    ...discoverOperations(context),
    ...evidenceOperations(context),
    ...infoOperations(context),
    ...eventOperations(context),
  ];
}
