import {
  type CancellationToken,
  Location,
  type TestController,
  type TestItem,
  TestMessage,
  type TestRun,
  type TestRunRequest,
  workspace,
} from 'vscode';
import type { Processes } from '../processes/port.js';
import { actualText, printed, type TestReport } from '../tests/test-report.js';
import { UntrustedError } from './backend.js';
import type { TestOutcome } from './language-service.js';
import { settings } from './settings.js';
import { showError } from './show-error.js';

export function leaves(items: Iterable<[string, TestItem]>): readonly TestItem[] {
  return [...items].flatMap(([, item]) => (item.children.size === 0 ? [item] : leaves(item.children)));
}

/** Which tests say what they saw. */
export type Printing = 'failures' | 'everything';

export interface Running {
  readonly controller: TestController;
  readonly processes: Processes;
  readonly print: Printing;
  /** Gets the whole report before the run ends; absent where nothing else is to be shown. */
  readonly onReport?: (run: TestRun, files: ReadonlySet<string>, report: TestReport) => Promise<void>;
}

/** Runs tests by the program. What came out is returned by file; nothing of those that could not be run. */
export async function runTests(
  { controller, processes, print, onReport }: Running,
  request: TestRunRequest,
  token: CancellationToken,
): Promise<ReadonlyMap<string, readonly TestOutcome[]>> {
  const outcomes = new Map<string, TestOutcome[]>();
  const wanted = (request.include ?? [...controller.items].map(([, item]) => item)).flatMap((item) =>
    item.children.size === 0 ? [item] : leaves(item.children),
  );
  const chosen = wanted.filter((item) => !request.exclude?.includes(item) && item.uri?.scheme === 'file');
  const run = controller.createTestRun(request);
  const abort = new AbortController();
  const listening = token.onCancellationRequested(() => abort.abort());
  const inRun = run.token.onCancellationRequested(() => abort.abort());
  for (const item of chosen) run.started(item);
  const started = performance.now();
  try {
    if (!workspace.isTrusted) throw new UntrustedError();
    // The program reads what is on disk.
    await workspace.saveAll(false);
    const files = [...new Set(chosen.flatMap(({ uri }) => uri?.fsPath ?? []))];
    if (files.length > 0) {
      const report = await processes.runTests(settings().path, files, abort.signal);
      const each = (performance.now() - started) / Math.max(chosen.length, 1);
      for (const item of chosen) {
        const passed = tell(run, item, report, { each, print });
        const uri = item.uri?.toString();
        if (uri === undefined || passed === undefined) continue;
        const ofFile = outcomes.get(uri) ?? [];
        ofFile.push({ rule: item.parent?.label ?? '', title: item.label, passed });
        outcomes.set(uri, ofFile);
      }
      await onReport?.(run, new Set(chosen.flatMap(({ uri }) => uri?.toString() ?? [])), report);
      run.appendOutput(
        `betrace test: ${report.results.filter(({ passed }) => passed).length} of ${report.results.length} passed\r\n`,
      );
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const item of chosen)
      if (abort.signal.aborted) run.skipped(item);
      else run.errored(item, new TestMessage(message));
    if (!abort.signal.aborted) void showError(error);
  } finally {
    listening.dispose();
    inRun.dispose();
    run.end();
  }
  return outcomes;
}

/** Whether it passed; undefined where the report says nothing of it. */
function tell(
  run: ReturnType<TestController['createTestRun']>,
  item: TestItem,
  { results }: TestReport,
  { each, print }: { readonly each: number; readonly print: Printing },
): boolean | undefined {
  const path = item.uri?.fsPath ?? '';
  const result = results.find(
    (result) =>
      result.title === item.label &&
      result.rule === item.parent?.label &&
      (path === result.path || path.endsWith(`/${result.path}`)),
  );
  if (result === undefined) {
    run.skipped(item);
    return undefined;
  }
  if (!result.passed || print === 'everything')
    run.appendOutput(printed(result).replace(/\n/gu, '\r\n'), undefined, item);
  if (result.passed) {
    run.passed(item, each);
    return true;
  }
  const actual = actualText(result);
  const message = TestMessage.diff(
    `expected ${result.expected}, got ${result.actual}`,
    result.expected,
    actual,
  );
  if (item.uri !== undefined && item.range !== undefined)
    message.location = new Location(item.uri, item.range.start);
  if (result.problem === null) run.failed(item, message, each);
  else run.errored(item, message, each);
  return false;
}
