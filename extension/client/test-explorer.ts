import {
  type CancellationToken,
  commands,
  type ExtensionContext,
  Location,
  type TestController,
  type TestItem,
  TestMessage,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
  workspace,
} from 'vscode';
import { actualText, type TestReport } from '../tests/test-report.js';
import { itemsOf } from './items.js';
import type { Platform, Processes } from './platform.js';
import { settings } from './settings.js';
import { showError } from './show-error.js';

const GLOB = '**/*.betrace';
const MOST_FILES = 2000;
/** Typing changes tests many times a second. */
const PAUSE_MS = 400;

/** The `test` blocks of the workspace: files, their rules, the tests of each. */
export function registerTests(context: ExtensionContext, { processes }: Platform): void {
  const controller = tests.createTestController('betrace', 'BeTrace');
  context.subscriptions.push(controller);
  const read = async (uri: Uri): Promise<void> => {
    await workspace.openTextDocument(uri);
    await readFile(controller, uri);
  };
  controller.resolveHandler = async (item) => {
    if (item !== undefined) return;
    for (const uri of await workspace.findFiles(GLOB, '**/node_modules/**', MOST_FILES)) await read(uri);
  };
  const watcher = workspace.createFileSystemWatcher(GLOB);
  const pauses = new Map<string, ReturnType<typeof setTimeout>>();
  const later = (uri: Uri): void => {
    const key = uri.toString();
    clearTimeout(pauses.get(key));
    pauses.set(
      key,
      setTimeout(() => {
        pauses.delete(key);
        void readFile(controller, uri);
      }, PAUSE_MS),
    );
  };
  context.subscriptions.push(
    watcher,
    watcher.onDidCreate((uri) => void read(uri)),
    watcher.onDidDelete((uri) => controller.items.delete(uri.toString())),
    workspace.onDidOpenTextDocument(({ uri, languageId }) => {
      if (languageId === 'betrace') later(uri);
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId === 'betrace') later(document.uri);
    }),
  );
  if (processes === undefined) return;
  const run = async (request: TestRunRequest, token: CancellationToken): Promise<void> => {
    await runTests(controller, processes, request, token);
  };
  controller.createRunProfile('Run', TestRunProfileKind.Run, run, true);
  context.subscriptions.push(
    // From a lens: a rule's id or a test's title.
    commands.registerCommand('betrace.runTests', async (uri?: string, subject?: string) => {
      const file = uri === undefined ? undefined : Uri.parse(uri, true);
      if (file !== undefined) await readFile(controller, file);
      const chosen = leaves(controller.items).filter(
        (item) =>
          file === undefined ||
          (item.uri?.toString() === file.toString() &&
            (subject === undefined || item.label === subject || item.parent?.label === subject)),
      );
      await commands.executeCommand('testing.showMostRecentOutput').then(undefined, () => undefined);
      const cancel = {
        isCancellationRequested: false,
        onCancellationRequested: () => ({ dispose: () => undefined }),
      };
      await run(new TestRunRequest(chosen), cancel);
    }),
  );
}

async function readFile(controller: TestController, uri: Uri): Promise<void> {
  const found = (await itemsOf(uri)).filter(({ kind }) => kind === 'test');
  const id = uri.toString();
  if (found.length === 0) {
    controller.items.delete(id);
    return;
  }
  const file = controller.items.get(id) ?? controller.createTestItem(id, workspace.asRelativePath(uri), uri);
  const rules = new Map<string, TestItem>();
  for (const { name, rule, range } of found) {
    const parent = rules.get(rule) ?? controller.createTestItem(`${id} ${rule}`, rule, uri);
    rules.set(rule, parent);
    const test = controller.createTestItem(`${id} ${rule} ${name}`, name, uri);
    test.range = range;
    parent.children.add(test);
  }
  file.children.replace([...rules.values()]);
  controller.items.add(file);
}

function leaves(items: Iterable<[string, TestItem]>): readonly TestItem[] {
  return [...items].flatMap(([, item]) => (item.children.size === 0 ? [item] : leaves(item.children)));
}

async function runTests(
  controller: TestController,
  processes: Processes,
  request: TestRunRequest,
  token: CancellationToken,
): Promise<void> {
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
    // The program reads what is on disk.
    await workspace.saveAll(false);
    const files = [...new Set(chosen.flatMap(({ uri }) => uri?.fsPath ?? []))];
    if (files.length > 0) {
      const report = await processes.runTests(settings().path, files, abort.signal);
      const each = (performance.now() - started) / Math.max(chosen.length, 1);
      run.appendOutput(
        `betrace test: ${report.results.filter(({ passed }) => passed).length} of ${report.results.length} passed\r\n`,
      );
      for (const item of chosen) tell(run, item, report, each);
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
}

function tell(
  run: ReturnType<TestController['createTestRun']>,
  item: TestItem,
  { results }: TestReport,
  elapsedMs: number,
): void {
  const path = item.uri?.fsPath ?? '';
  const result = results.find(
    (one) =>
      one.title === item.label &&
      one.rule === item.parent?.label &&
      (path === one.path || path.endsWith(`/${one.path}`)),
  );
  if (result === undefined) {
    run.skipped(item);
    return;
  }
  if (result.passed) {
    run.passed(item, elapsedMs);
    return;
  }
  const actual = actualText(result);
  run.appendOutput(
    `${item.label}\r\n  expected ${result.expected}\r\n  got ${actual.replace(/\n/gu, '\r\n  ')}\r\n`,
    undefined,
    item,
  );
  const message = TestMessage.diff(
    `expected ${result.expected}, got ${result.actual}`,
    result.expected,
    actual,
  );
  if (item.uri !== undefined && item.range !== undefined)
    message.location = new Location(item.uri, item.range.start);
  if (result.problem === null) run.failed(item, message, elapsedMs);
  else run.errored(item, message, elapsedMs);
}
