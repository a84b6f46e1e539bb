import { commands, type ExtensionContext, type QuickPickItem, Uri, window } from 'vscode';
import { explain, registerExplanations } from './explain.js';
import { pickRule } from './items.js';
import { MatchesAtCursor } from './matches.js';
import type { Parts } from './parts.js';
import type { Platform } from './platform.js';
import { newQuery, registerQueryLens, runQuery } from './query.js';
import { compareReplays, replay, showResults } from './replay.js';
import { openSample } from './sample.js';
import { showError } from './show-error.js';
import { suggestRules } from './suggest-rules.js';
import { minimiseAtCursor } from './traces/minimise.js';
import { showTrace } from './traces/trace-view.js';

/** Lenses name a file and a rule; from the palette the rule is that at the cursor. */
type Target = readonly [uri?: string, rule?: string];

export function registerCommands(context: ExtensionContext, platform: Platform, parts: Parts): void {
  const register = (name: string, run: (...args: Target) => Promise<void>): void => {
    const safely = async (...args: Target): Promise<void> => {
      try {
        await run(...args);
      } catch (error) {
        await showError(error);
      }
    };
    context.subscriptions.push(commands.registerCommand(`betrace.${name}`, safely));
  };
  const replayed = async (work: Promise<void>): Promise<void> => {
    await work;
    if (parts.history.last !== undefined)
      await commands.executeCommand('setContext', 'betrace.hasResults', true);
  };

  register('replayRule', async (uri, rule) => {
    const target = await targetOf(uri, rule);
    if (target !== undefined) await replayed(replay(parts, target.uri, [target.rule]));
  });
  register('replayFile', async () => {
    const uri = window.activeTextEditor?.document.uri;
    if (uri !== undefined) await replayed(replay(parts, uri));
  });
  register('openSample', async () => await replayed(openSample(parts, platform)));
  register('explainRule', async (uri, rule) => {
    const target = await targetOf(uri, rule);
    if (target !== undefined) await explain(parts, target.uri, target.rule);
  });
  register('showResults', async () => {
    const { last } = parts.history;
    if (last !== undefined) showResults(parts, last);
  });
  register('compareReplays', async () => await compareReplays(parts));
  const matches = new MatchesAtCursor(parts);
  context.subscriptions.push(matches);
  register('showMatches', async () => await matches.show());
  register('minimiseTest', async () => await minimiseAtCursor(parts));
  register('newQuery', newQuery);
  register('suggestRules', async () => await suggestRules(parts));
  register('runQuery', async () => {
    const document = window.activeTextEditor?.document;
    if (document !== undefined) await runQuery(parts, document);
  });
  register('openTrace', async () => {
    const typed = await window.showInputBox({
      title: 'The id of a trace',
      validateInput: (text) => (/^\s*[0-9a-f]{1,32}\s*$/iu.test(text) ? undefined : 'Up to 32 hex digits'),
    });
    if (typed !== undefined)
      await showTrace(parts, { traces: [typed.trim().toLowerCase().padStart(32, '0')] });
  });
  register('setToken', async () => {
    const token = await window.showInputBox({
      title: 'The token of the service',
      prompt: 'Kept in the secret storage of the editor, for this service alone; empty forgets it.',
      password: true,
    });
    if (token !== undefined) await parts.backend.setToken(token.trim());
  });
  register('restart', async () => {
    parts.backend.reset();
    await parts.language.restart();
  });
  register('showMenu', async () => {
    const chosen = await window.showQuickPick(MENU, { title: 'BeTrace' });
    if (chosen !== undefined) await commands.executeCommand(chosen.command, ...(chosen.args ?? []));
  });
  registerExplanations(context);
  registerQueryLens(context);
}

async function targetOf(
  uri: unknown,
  rule: unknown,
): Promise<{ readonly uri: Uri; readonly rule: string } | undefined> {
  if (typeof uri === 'string' && typeof rule === 'string') return { uri: Uri.parse(uri, true), rule };
  return await pickRule();
}

const MENU: readonly (QuickPickItem & { readonly command: string; readonly args?: readonly string[] })[] = [
  { label: '$(history) Replay the rules of this file', command: 'betrace.replayFile' },
  { label: '$(graph) Show the last replay', command: 'betrace.showResults' },
  { label: '$(diff) Compare with an earlier replay', command: 'betrace.compareReplays' },
  { label: '$(eye) Show the spans that the pattern at the cursor matches', command: 'betrace.showMatches' },
  { label: '$(search) New query scratchpad', command: 'betrace.newQuery' },
  { label: '$(lightbulb) Suggest rules from stored traces', command: 'betrace.suggestRules' },
  { label: '$(beaker) Try it on example traces', command: 'betrace.openSample' },
  { label: '$(list-tree) Open a trace by its id', command: 'betrace.openTrace' },
  { label: '$(key) Set the token of the service', command: 'betrace.setToken' },
  { label: '$(gear) Settings', command: 'workbench.action.openSettings', args: ['betrace'] },
  { label: '$(refresh) Restart the language server and the service', command: 'betrace.restart' },
];
