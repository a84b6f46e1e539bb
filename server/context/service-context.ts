import type { LiveRuleJson } from '../../engine/answers/rule.js';
import type { Config } from '../config/schema.js';

import type { Catalogues } from '../questions/catalogues.js';
import type { QueryService } from '../questions/query-service.js';
import type { ReplayJobs } from '../replays/replay-jobs.js';
import type { RuleStore } from '../rules/rule-store.js';
import type { Logger } from '../shared/log.js';
import type { ServiceMetrics } from '../shared/metrics.js';

/** What routers and receivers share. */
export interface ServiceContext {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: ServiceMetrics;
  readonly queries: QueryService;
  readonly rules: RuleStore;
  readonly replays: ReplayJobs;
  readonly catalogues: Catalogues;
  /** Undefined for a rule that is not judged live, or where nothing is. */
  readonly liveRule: (tenant: string, rule: string) => LiveRuleJson | undefined;
  readonly version: string;
}
