import type { Config } from '../config/schema.js';
import type { TempoBackend } from './backend.js';

export interface TempoContext {
  readonly config: Config;
  readonly backend: TempoBackend;
  /** Of the service. */
  readonly version: string;
}
