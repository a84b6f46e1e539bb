import type { SigningKey } from '../../engine/evidence/keys.js';
import type { TokenStore } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import type { QueryService } from '../questions/query-service.js';
import type { RuleStore } from '../rules/rule-store.js';
import type { Logger } from '../shared/log.js';
import type { ServiceMetrics } from '../shared/metrics.js';

/** What the live path has of the service around it. */
export interface LiveContext {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  readonly queries: QueryService;
  readonly rules: RuleStore;
  readonly tokens: TokenStore;
  readonly evidenceKey?: SigningKey;
  readonly version: string;
}
