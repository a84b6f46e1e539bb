import type { ReplayJobJson } from '../../engine/answers/replay-job.js';
import { ruleProblemJson } from '../../engine/replay/rule-problem-json.js';
import type { ReplayJob } from '../replays/replay-job.js';
import type { ReplayJobs } from '../replays/replay-jobs.js';
import { moment, momentOrNull } from './times.js';

export function replayJobJson(job: ReplayJob, jobs: ReplayJobs): ReplayJobJson {
  const { window, rules, limit } = job.request;
  return {
    id: job.id,
    status: job.status,
    rules: rules.map(({ item }) => item.id.text),
    from: nanoMoment(window.fromNs),
    to: nanoMoment(window.toNs),
    limit,
    progress: job.progress,
    counts:
      job.counts?.map(({ rule, applicable, passed, vacuous, violated, cannotTell, problem }) => ({
        rule,
        applicable,
        passed,
        vacuous,
        violated,
        cannotTell,
        problem: ruleProblemJson(problem),
      })) ?? null,
    error: job.error ?? null,
    created: moment(job.created),
    started: momentOrNull(job.started),
    ended: momentOrNull(job.ended),
    expires: momentOrNull(jobs.expiresAt(job)),
  };
}

function nanoMoment(ns: bigint | undefined): string | null {
  return ns === undefined ? null : moment(Number(ns / 1_000_000n));
}
