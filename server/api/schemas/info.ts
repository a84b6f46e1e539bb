import type { JsonSchema } from '../operation.js';
import { COUNT, FLAG, list, object, TEXT, TEXT_OR_NULL } from './object.js';

export const INFO_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Info: object({
    version: TEXT,
    tenant: { description: 'The one that the request is about.', ...TEXT },
    tenants: list(TEXT, 'Those in the storage that are open to whoever asks.'),
    multitenancy: FLAG,
    rules: object({
      inForce: { description: 'Enabled rules.', ...COUNT },
      disabled: COUNT,
      faultyFiles: { description: 'Files with errors.', ...COUNT },
    }),
    storage: object({
      problem: {
        description: 'Why it could not be listed when last tried; null if it could.',
        ...TEXT_OR_NULL,
      },
      blocks: { description: 'Blocks of the tenant that can be read.', ...COUNT },
      unread: { description: 'Blocks of the tenant that cannot.', ...COUNT },
      bytes: { description: 'The size of those that can.', ...COUNT },
      from: { description: 'The start of the earliest; null without any.', ...TEXT_OR_NULL },
      to: { description: 'The end of the latest.', ...TEXT_OR_NULL },
    }),
  }),
};
