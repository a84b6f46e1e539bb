/** What is generated is what a user may write: it prints, reads back as the same tree, and the checker has no objection. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { parseCondition } from '../../engine/language/parse/parse.js';
import { printCondition, printPipeline, printSpansets } from '../../engine/language/print/print.js';
import type { Condition } from '../../engine/language/tree/ast.js';
import { enumeratedFilters } from '../support/arbitrary/enumerated.js';
import { aPipeline } from '../support/arbitrary/pipeline.js';
import { aRule } from '../support/arbitrary/rule.js';
import type { OracleRule } from '../support/oracle/index.js';

function objections(text: string): readonly string[] {
  const file = loadWorkspace(new Map([['a.betrace', text]])).files.get('a.betrace')!;
  return file.diagnostics
    .filter((diagnostic) => diagnostic.severity === 'error')
    .map((diagnostic) => `${diagnostic.message}\n${text}`);
}

function ruleText({ when, clauses }: OracleRule): string {
  const before = when ? [`when ${printCondition(when)}`] : [];
  const after = clauses.map((clause) => `${clause.keyword} ${printCondition(clause.condition)}`);
  return `rule generated {\n${[...before, ...after].join('\n')}\n}`;
}

/** The meaning of a tree: without ranges, parentheses and spellings. */
function bare(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(bare);
  const kept = Object.entries(tree).filter(([key]) => !['range', 'parens', 'raw', 'spelling'].includes(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value)]));
}

describe('the checker accepts', () => {
  test('generated rules', () => {
    fc.assert(
      fc.property(aRule, (rule) => {
        expect(objections(ruleText(rule))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
  test('generated pipelines', () => {
    fc.assert(
      fc.property(aPipeline, (pipeline) => {
        expect(objections(`rule generated { always ${printPipeline(pipeline)} }`)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
  test('the listed filters', () => {
    const rules = enumeratedFilters.map(({ filter }, i) => `rule r${i} { always ${printSpansets(filter)} }`);
    expect(objections(rules.join('\n'))).toEqual([]);
  });
});

test('generated conditions read back as the same tree', () => {
  const same = (condition: Condition): void => {
    const text = printCondition(condition);
    const read = parseCondition(text);
    expect(bare(read.condition), text).toEqual(bare(condition));
  };
  fc.assert(
    fc.property(aRule, ({ when, clauses }) => {
      for (const condition of [...(when ? [when] : []), ...clauses.map((clause) => clause.condition)])
        same(condition);
    }),
    { numRuns: 200 },
  );
});
