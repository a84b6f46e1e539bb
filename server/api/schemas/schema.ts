import type { JsonSchema } from '../operation.js';

export const SCHEMA_SCHEMAS: Readonly<Record<string, JsonSchema>> = {};
