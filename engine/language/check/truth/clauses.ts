import { guesses, removeFix } from '../../problems/diagnostic.js';
import type { Report } from '../../problems/report.js';
import { bindingsOf } from '../../scope/scope.js';
import type { CaseRuleItem, Clause, Condition } from '../../tree/ast.js';
import { soleName } from '../../tree/walk.js';
import { Certainty } from './certainty.js';
import { meaningOf } from './meaning.js';
import { type Finding, isImpossible } from './truth.js';

/** Checks that the clauses of a rule say something: each by itself, and together with the others. */
export function checkClauses(rule: CaseRuleItem, clauses: readonly Clause[], report: Report): void {
  const bound = new Set(bindingsOf(rule));
  for (const clause of clauses) checkCertainty(clause, bound, report);
  checkRepetition(
    clauses.filter((clause) => clause.kind !== 'when'),
    bound,
    report,
  );
}

/** Reports the parts of a condition that always or never hold. */
export function reportFindings(findings: readonly Finding[], report: Report): void {
  for (const { range, truth, message, fixes } of findings) {
    report(truth === 'always' ? 'BT2305' : 'BT2304', range, message, fixes ? { fixes } : {});
  }
}

function checkCertainty(clause: Clause, bound: ReadonlySet<string>, report: Report): void {
  const certainty = clause.kind === 'when' ? new Certainty(new Set(), 'when') : new Certainty(bound);
  const truth = certainty.condition(clause.condition);
  const { findings } = certainty;
  if (clause.kind === 'when') {
    if (!isImpossible(truth)) {
      reportFindings(findings, report);
      return;
    }
    const why = findings.find((finding) => finding.truth === 'never');
    report(
      'BT2303',
      why?.range ?? clause.condition.range,
      `This \`when\` can never hold, so the rule never applies.${why ? ` ${why.message}` : ''}`,
      why?.fixes ? { fixes: why.fixes } : {},
    );
    return;
  }
  reportFindings(findings, report);
  if (findings.length > 0 || truth === 'open') return;
  const fixes = guesses([removeFix(`Remove this \`${clause.kind}\``, clause.range)]);
  if (isImpossible(truth)) {
    const effect = clause.kind === 'never' ? 'this `never` finds nothing' : 'this `always` fails every time';
    report('BT2307', clause.condition.range, `The condition can never hold: ${effect}.`, { fixes });
  } else {
    const effect =
      clause.kind === 'never' ? 'this `never` is violated every time' : 'this `always` demands nothing';
    report('BT2306', clause.condition.range, `The condition always holds: ${effect}.`, { fixes });
  }
}

function checkRepetition(clauses: readonly Clause[], bound: ReadonlySet<string>, report: Report): void {
  const first = new Map<string, Clause>();
  for (const clause of clauses) {
    const meaning = meaningOf(clause.condition);
    const same = first.get(`${clause.kind} ${meaning}`);
    const opposite = first.get(`${clause.kind === 'always' ? 'never' : 'always'} ${meaning}`);
    if (same) {
      report('BT2315', clause.range, `This \`${clause.kind}\` is in the rule already.`, {
        fixes: [removeFix(`Remove this \`${clause.kind}\``, clause.range)],
        related: [{ message: 'It is here', range: same.range }],
      });
    } else {
      first.set(`${clause.kind} ${meaning}`, clause);
    }
    if (opposite && !canBeVacuous(clause.condition, bound)) {
      report(
        'BT2308',
        clause.range,
        `The same condition follows \`${opposite.kind}\`, so the rule is violated whenever it applies.`,
        { related: [{ message: 'The other clause', range: opposite.range }] },
      );
    }
  }
}

/** A relation whose reference may match nothing satisfies an `always` and a `never` alike. */
function canBeVacuous(condition: Condition, bound: ReadonlySet<string>): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.some((operand) => canBeVacuous(operand, bound));
    case 'not':
      return canBeVacuous(condition.operand, bound);
    case 'relation':
      return (
        condition.relation === 'between' ||
        condition.references.some(
          (reference) =>
            reference.where !== undefined || !bound.has(soleName(reference.pipeline)?.name.text ?? ''),
        )
      );
    case 'exists':
    case 'sequence':
    case 'compare':
      return false;
  }
}
