import type { OnRuleEvent } from '../../engine/live/rule-health.js';
import type { Logger } from '../shared/log.js';

/** Each step of a rule that cannot be judged on some traces, a line each. */
export function ruleLog(log: Logger): OnRuleEvent {
  return (tenant, { id }, event) => {
    const facts = { rule: id, tenant };
    switch (event.kind) {
      case 'too large': {
        const { traceId, spans, problem } = event;
        log.warn(
          { ...facts, trace: traceId, spans, code: problem.code, reason: problem.message },
          'cannot tell: the trace is too large for the rule',
        );
        return;
      }
      case 'stopped': {
        const { fromSpans, forMs, problem } = event;
        const seconds = forMs / 1000;
        log.error(
          { ...facts, fromSpans, seconds, code: problem.code, reason: problem.message },
          'a rule is stopped for a while on traces of so many spans or more',
        );
        return;
      }
      case 'cannot tell': {
        const { missing, traceId } = event;
        log.warn(
          { ...facts, trace: traceId, missing },
          'cannot tell about a case, for want of what is missing',
        );
        return;
      }
      case 'tried again':
        log.info(facts, 'a rule that was stopped is tried again');
        return;
      case 'running again':
        log.info(facts, 'a rule that was stopped is running again');
        return;
    }
  };
}
