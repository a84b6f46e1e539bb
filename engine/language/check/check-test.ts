import type { TestItem } from '../ast.js';
import type { ItemContext } from './context.js';

/** Checks one test: its rule, the trace it describes and what it expects. */
export function checkTest(test: TestItem, context: ItemContext): void {
  void test;
  void context;
}
