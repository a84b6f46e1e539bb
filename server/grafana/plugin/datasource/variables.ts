/** What a dashboard's variable can ask for, in words. */
import { SEVERITIES } from '../../../../engine/language/words/settings.js';
import type { Client } from './client.js';

const VALUES = /^values\(\s*(span|resource|event|link|instrumentation)\.([^)]+?)\s*\)$/u;

export const VARIABLE_HELP =
  'write rules, services, span-names, severities or values(SCOPE.ATTRIBUTE), as in values(resource.service.version)';

/** Rejects for a text that is none of these. */
export async function variableValues(query: string, client: Client): Promise<readonly string[]> {
  const text = query.trim();
  switch (text) {
    case 'rules':
      return (await client.rules()).rules.map(({ id }) => id);
    case 'services':
    case 'span-names':
      return client.names(text);
    case 'severities':
      return SEVERITIES;
  }
  const [, scope, key] = VALUES.exec(text) ?? [];
  if (scope === undefined || key === undefined)
    throw new Error(`"${text}" is nothing that a variable can be of: ${VARIABLE_HELP}`);
  return client.values(scope, key);
}
