import {
  type CancellationToken,
  commands,
  type ExtensionContext,
  type TestController,
  type TestItem,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
  workspace,
} from 'vscode';
import { itemsOf } from './items.js';
import type { LanguageService } from './language-service.js';
import type { Platform } from './platform.js';
import { leaves, type Printing, runTests } from './test-runs.js';

const GLOB = '**/*.betrace';
const MOST_FILES = 2000;
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
  const runner =
    (print: Printing) =>
    async (request: TestRunRequest, token: CancellationToken): Promise<void> => {
      const outcomes = await runTests({ controller, processes, print }, request, token);
      for (const [uri, found] of outcomes) await language.tested(uri, found);
    };
  const run = runner('failures');
  controller.createRunProfile('Run', TestRunProfileKind.Run, run, true);
  // There is nothing to step through; what a debugger would be asked is printed.
  controller.createRunProfile('Run and Print', TestRunProfileKind.Debug, runner('everything'), true);
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
