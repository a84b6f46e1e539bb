import type { Operation } from '../api/operation.js';
import { operationsOf } from '../api/operations.js';
import type { ServiceContext } from '../context/service-context.js';
import type { TempoContext } from '../tempo/context.js';
import type { Section } from './docs.js';
import type { Tool } from './tool.js';
import { attributeTools } from './tools/attributes.js';
import { docsTool } from './tools/docs.js';
import { queryTools } from './tools/queries.js';
import { ruleTools } from './tools/rules.js';

/** All that an agent can call, none of which changes rules or traces. */
export function toolsOf(
  context: ServiceContext,
  tempo: TempoContext,
  sections: readonly Section[],
): readonly Tool[] {
  const operations = operationsOf(context);
  const operation = (id: string): Operation => {
    const found = operations.find((known) => known.id === id);
    if (found === undefined) throw new Error(`no operation is called ${id}`);
    return found;
  };
  return [
    ...ruleTools(context, operation),
    ...queryTools(tempo),
    ...attributeTools(tempo),
    docsTool(sections),
  ];
}
