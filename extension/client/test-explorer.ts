import {
  type CancellationToken,
  commands,
  type ExtensionContext,
  Range,
  type TestController,
  type TestItem,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
  workspace,
} from 'vscode';
import { addCoverage, loadCoverage } from './clause-coverage.js';
import type { LanguageService, TestsOfFile } from './language-service.js';
import type { Platform } from './platform.js';
import { showError } from './show-error.js';
import { leaves, type Printing, type Running, runTests } from './test-runs.js';

/** Typing changes tests many times a second. */
const PAUSE_MS = 400;

/** The `test` blocks of the workspace: files, their rules, the tests of each. */
export function registerTests(
  context: ExtensionContext,
  { processes }: Platform,
  language: LanguageService,
): void {
  const controller = tests.createTestController('betrace', 'BeTrace');
  context.subscriptions.push(controller);
  /** By file, what is in the list. */
  const listed = new Map<string, string>();
  const discover = async (): Promise<void> => {
    const files = await language.tests();
    for (const { uri, tests: found } of files) {
      const text = JSON.stringify(found);
      if (listed.get(uri) !== text) listTests(controller, Uri.parse(uri, true), found);
      listed.set(uri, text);
    }
    const there = new Set(files.map(({ uri }) => uri));
    for (const uri of listed.keys()) {
      if (there.has(uri)) continue;
      listTests(controller, Uri.parse(uri, true), []);
      listed.delete(uri);
    }
  };
  controller.resolveHandler = async (item) => {
    if (item === undefined) await discover();
  };
  controller.refreshHandler = discover;
  let pause: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    clearTimeout(pause);
    pause = setTimeout(() => void discover(), PAUSE_MS);
  };
  language.onRulesRead(later);
  context.subscriptions.push(
    { dispose: () => clearTimeout(pause) },
    workspace.onDidOpenTextDocument(({ languageId }) => {
      if (languageId === 'betrace') later();
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId === 'betrace') later();
    }),
  );
  if (processes === undefined) {
    const refuse = async (): Promise<void> =>
      await showError('Tests are run by a program, which a browser cannot start.');
    context.subscriptions.push(commands.registerCommand('betrace.runTests', refuse));
    return;
  }
  const runner =
    (print: Printing, onReport?: Running['onReport']) =>
    async (request: TestRunRequest, token: CancellationToken): Promise<void> => {
      const outcomes = await runTests(
        { controller, processes, print, ...(onReport && { onReport }) },
        request,
        token,
      );
      for (const [uri, found] of outcomes) await language.tested(uri, found);
    };
  const run = runner('failures');
  controller.createRunProfile('Run', TestRunProfileKind.Run, run, true);
  // There is nothing to step through; what a debugger would be asked is printed.
  controller.createRunProfile('Run and Print', TestRunProfileKind.Debug, runner('everything'), true);
  const covering = runner('failures', (testRun, files, report) =>
    addCoverage(testRun, language, files, report),
  );
  const profile = TestRunProfileKind.Coverage;
  controller.createRunProfile('Run with Coverage of Clauses', profile, covering, true).loadDetailedCoverage =
    loadCoverage;
  context.subscriptions.push(
    // From a lens: a rule's id or a test's title.
    commands.registerCommand('betrace.runTests', async (uri?: string, subject?: string) => {
      const file = uri === undefined ? undefined : Uri.parse(uri, true);
      await discover();
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

function listTests(controller: TestController, uri: Uri, found: TestsOfFile['tests']): void {
  const id = uri.toString();
  if (found.length === 0) {
    controller.items.delete(id);
    return;
  }
  const file = controller.items.get(id) ?? controller.createTestItem(id, workspace.asRelativePath(uri), uri);
  const rules = new Map<string, TestItem>();
  for (const { title, rule, range } of found) {
    const parent = rules.get(rule) ?? controller.createTestItem(`${id} ${rule}`, rule, uri);
    rules.set(rule, parent);
    const test = controller.createTestItem(`${id} ${rule} ${title}`, title, uri);
    const { start, end } = range;
    test.range = new Range(start.line, start.character, end.line, end.character);
    parent.children.add(test);
  }
  file.children.replace([...rules.values()]);
  controller.items.add(file);
}
