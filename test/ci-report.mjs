// What the runner's JSON report comes to: each test that failed is named last, where a log that is cut still shows it.
// node test/ci-report.mjs REPORT.json: prints names and first lines of messages to stderr, and "PASSED FAILED" to stdout.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const SHOWN_LINES = 6;
const SHOWN_TESTS = 30;

const { testResults, numPassedTests, numFailedTests } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
// A file that could not be loaded has no test to count, and of one whose preparation failed none is said to have failed.
const broken = testResults.filter(
  (suite) => suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed'),
);
const failed = testResults.flatMap((suite) =>
  suite.assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => ({ file: suite.name, name: test.fullName, message: test.failureMessages.join('\n') })),
);
const all = [...broken.map((suite) => ({ file: suite.name, name: '', message: suite.message })), ...failed];
for (const { file, name, message } of all.slice(0, SHOWN_TESTS)) {
  const lines = message.split('\n').slice(0, SHOWN_LINES);
  console.error(
    [`FAILED: ${relative('.', file)} ${name}`, ...lines.map((line) => `    ${line.slice(0, 300)}`)].join(
      '\n',
    ),
  );
}
if (all.length > SHOWN_TESTS) console.error(`FAILED: ${all.length - SHOWN_TESTS} more`);
console.log(numPassedTests, numFailedTests + broken.length);
