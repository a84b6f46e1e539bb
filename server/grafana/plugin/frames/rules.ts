/** The rules in force as a table: the state of each, and what its last replay and live judging found. */
import type { RulesJson } from '../../../../engine/answers/rule.js';
import { standingOf } from '../../../web/app/standing.js';
import { type Asked, type Frame, notices, ruleLinks } from './frame.js';

export function rulesFrame({ rules, files, problem }: RulesJson, asked: Asked): Frame {
  const counts = (name: string, displayName: string, values: readonly (number | null)[]) =>
    ({ name, type: 'number', values, config: { displayName } }) as const;
  const texts = (name: string, displayName: string, values: readonly (string | null)[]) =>
    ({ name, type: 'string', values, config: { displayName } }) as const;
  const faulty = files.filter(({ state }) => state !== 'current');
  return {
    refId: asked.refId,
    name: 'Rules',
    fields: [
      {
        name: 'rule',
        type: 'string',
        values: rules.map(({ id }) => id),
        config: { displayName: 'Rule', ...ruleLinks(asked) },
      },
      texts(
        'state',
        'State',
        rules.map((rule) => standingOf(rule, undefined)),
      ),
      texts(
        'severity',
        'Severity',
        rules.map(({ settings }) => settings.severity),
      ),
      texts(
        'summary',
        'Summary',
        rules.map(({ settings }) => settings.summary),
      ),
      texts(
        'owner',
        'Owner',
        rules.map(({ settings }) => settings.owner),
      ),
      counts(
        'violated',
        'Violated',
        rules.map(({ lastReplay }) => lastReplay?.violated ?? null),
      ),
      counts(
        'applicable',
        'Cases',
        rules.map(({ lastReplay }) => lastReplay?.applicable ?? null),
      ),
      counts(
        'cannotTell',
        'Cannot tell',
        rules.map(({ lastReplay }) => lastReplay?.cannotTell ?? null),
      ),
      counts(
        'liveViolated',
        'Violated, live',
        rules.map(({ live }) => live?.violated ?? null),
      ),
      counts(
        'liveApplicable',
        'Cases, live',
        rules.map(({ live }) => live?.applicable ?? null),
      ),
      {
        name: 'replayed',
        type: 'time',
        values: rules.map(({ lastReplay }) => (lastReplay === null ? null : Date.parse(lastReplay.ended))),
        config: { displayName: 'Last replay' },
      },
    ],
    meta: {
      preferredVisualisationType: 'table',
      ...notices([
        ...(problem === null ? [] : [`The files of rules cannot be read: ${problem}`]),
        ...faulty.map(({ path }) => `${path} has errors.`),
      ]),
    },
  };
}
