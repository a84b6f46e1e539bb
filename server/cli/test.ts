import { writeFile } from 'node:fs/promises';
import { openStore } from '../../engine/sql/open-store.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { repositoryRoot } from '../rules/annotation.js';
import { loadSoundRules } from '../rules/runnable-rules.js';
import { printableJson } from '../shared/printable.js';
import { UsageError } from '../shared/usage-error.js';
import { defineCommand } from './args/command.js';
import { RULES_TEXT } from './args/rules-text.js';
import { junitReport } from './test/junit.js';
import { printMinimised } from './test/minimised.js';
import { testOutcome } from './test/outcome.js';
import { readTestTraces } from './test/read-traces.js';
import { testAnnotations, testJson, testText } from './test/report.js';

export const testCommand = defineCommand({
  name: 'test',
  summary: 'run the tests of rules',
  usage: 'RULES… [options]',
  positionals: RULES_TEXT,
  options: {
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: ['text', 'junit', 'json', 'github'],
      help: 'text (default), junit, json, or github: text with an annotation for each failure',
    },
    junit: { type: 'string', value: 'FILE', help: 'write JUnit XML there too' },
    minimise: {
      type: 'boolean',
      help: 'print the tests without the spans and attributes that their verdicts do not need, instead of running them',
    },
    filter: { type: 'string', value: 'TEXT', help: 'only tests with this in their title or rule' },
  },
  examples: [
    { command: 'betrace test rules', what: 'every test under a folder' },
    { command: 'betrace test rules --filter double-charge', what: 'the tests of one rule' },
    { command: 'betrace test rules --junit results.xml', what: 'in CI' },
    { command: 'betrace test rules --filter slow --minimise', what: 'tests cut to what they are about' },
  ],
  notes: ['Exit code: 0 if all pass, 1 if any fails, 2 for wrong usage or errors in rules.'],
  async run(options, patterns, terminal) {
    const { format = 'text' } = options;
    const loaded = await loadSoundRules(patterns, terminal);
    if (loaded === undefined) return 2;
    const { filter } = options;
    const tests = loaded.tests.filter(
      ({ item }) =>
        filter === undefined || item.title.value.includes(filter) || item.rule.text.includes(filter),
    );
    if (filter !== undefined && tests.length === 0)
      throw new UsageError(`--filter: no test has "${filter}" in its title or rule.`);
    const started = performance.now();
    const db = await openStore();
    if (options.minimise === true) {
      const all = await printMinimised(db, tests, terminal).finally(() => db.close());
      return all ? 0 : 1;
    }
    const results = await runTests(db, tests, readTestTraces).finally(() => db.close());
    const outcome = testOutcome(loaded, results, filter !== undefined, performance.now() - started);
    if (format === 'json') terminal.out(`${printableJson(testJson(outcome), 2)}\n`);
    else if (format === 'junit') terminal.out(junitReport(outcome));
    else {
      terminal.out(testText(outcome, terminal));
      if (format === 'github') terminal.out(testAnnotations(outcome, repositoryRoot()));
    }
    if (options.junit !== undefined) await writeFile(options.junit, junitReport(outcome));
    return outcome.failed > 0 ? 1 : 0;
  },
});
