import {
  BranchCoverage,
  FileCoverage,
  type FileCoverageDetail,
  StatementCoverage,
  type TestRun,
  Uri,
} from 'vscode';
import type { CoveredClause, TestReport } from '../tests/test-report.js';
import { itemsOf } from './items.js';
import type { LanguageService } from './language-service.js';
import { rangeFrom } from './ranges.js';

/** A file's clauses: covered where some test shows that a clause can fail and some that it can hold. */
class ClauseCoverage extends FileCoverage {
  constructor(
    uri: Uri,
    readonly details: readonly StatementCoverage[],
  ) {
    const base = FileCoverage.fromDetails(uri, details);
    super(uri, base.statementCoverage, base.branchCoverage);
  }
}

/** Shows in the gutter which clauses no test violates or passes, file by file. */
export async function addCoverage(
  run: TestRun,
  language: LanguageService,
  uris: ReadonlySet<string>,
  { clauses }: TestReport,
): Promise<void> {
  for (const uri of uris) {
    const rules = new Set(
      (await itemsOf(Uri.parse(uri, true))).filter(({ kind }) => kind === 'rule').map(({ name }) => name),
    );
    const own = clauses.filter(({ rule }) => rules.has(rule));
    const details = await Promise.all(own.map((clause) => detailOf(language, uri, clause)));
    const known = details.filter((detail) => detail !== undefined);
    if (known.length > 0) run.addCoverage(new ClauseCoverage(Uri.parse(uri, true), known));
  }
}

/** For the profile of the test run. */
export async function loadCoverage(_: TestRun, coverage: FileCoverage): Promise<FileCoverageDetail[]> {
  return coverage instanceof ClauseCoverage ? [...coverage.details] : [];
}

async function detailOf(
  language: LanguageService,
  uri: string,
  { rule, clause, violatedBy, heldBy }: CoveredClause,
): Promise<StatementCoverage | undefined> {
  const found = await language.clauseRange(uri, rule, clause);
  if (found === undefined) return undefined;
  const range = rangeFrom(found);
  return new StatementCoverage(violatedBy + heldBy, range, [
    new BranchCoverage(violatedBy, range, `${clause} is violated by a test`),
    new BranchCoverage(heldBy, range, `${clause} holds in a test, where it could have failed`),
  ]);
}
