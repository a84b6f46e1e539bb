/** What typing costs in a workspace of 1,000 rules in 100 files, over standard input and output as an editor has it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { WorkspaceSymbol } from 'vscode-languageserver';
import { LspClient } from '../lsp/client.js';

const FILES = 100;
const RULES_IN_FILE = 10;
const KEYSTROKES = 300;
const server = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));

export async function benchEditor(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-editor-'));
  for (let file = 0; file < FILES; file++)
    writeFileSync(join(folder, `rules-${file}.betrace`), fileText(file));
  const client = await LspClient.start(
    { workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'rules' }] },
    [server],
  );
  try {
    await wholeWorkspace(client);
    const uri = pathToFileURL(join(folder, 'rules-50.betrace')).href;
    await client.open(uri, fileText(50));
    await client.request('textDocument/hover', {
      textDocument: { uri },
      position: { line: 0, character: 0 },
    });
    const lines = fileText(50).split('\n');
    const line = lines.findIndex((text) => text.includes(' as c'));
    const diagnostics: number[] = [];
    const completion: number[] = [];
    for (let n = 0; n < KEYSTROKES; n++) {
      // The name of a bound span becomes another one and is put right in turn: each time the rest of the rule is wrong or right, which
      // is told at once, as nobody types there.
      const at = { line, character: lines[line]!.length };
      const insert = n % 2 === 0 ? 'x' : '';
      const range =
        insert === '' ? { start: at, end: { line, character: at.character + 1 } } : { start: at, end: at };
      const typed = performance.now();
      await client.change(uri, n + 2, [{ range, text: insert }]);
      await client.diagnostics(uri, (_, version) => version === n + 2);
      diagnostics.push(performance.now() - typed);
      const asked = performance.now();
      await client.request('textDocument/completion', {
        textDocument: { uri },
        position: { line, character: at.character },
      });
      completion.push(performance.now() - asked);
    }
    console.log(`${FILES * RULES_IN_FILE} rules in ${FILES} files, ${KEYSTROKES} keystrokes`);
    console.log(
      `keystroke to diagnostics      p50 ${quantile(diagnostics, 0.5)}  p95 ${quantile(diagnostics, 0.95)}`,
    );
    console.log(
      `completion                    p50 ${quantile(completion, 0.5)}  p95 ${quantile(completion, 0.95)}`,
    );
    console.log(`RSS of the server             ${residentMegabytes(client.pid)}`);
  } finally {
    await client.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Until the server has read all files. */
async function wholeWorkspace(client: LspClient): Promise<void> {
  for (;;) {
    const symbols = await client.request<WorkspaceSymbol[]>('workspace/symbol', {
      query: `rule-${FILES - 1}-`,
    });
    if (symbols.length >= RULES_IN_FILE) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function fileText(file: number): string {
  const rules = Array.from(
    { length: RULES_IN_FILE },
    (_, n) => `rule rule-${file}-${n} {
  severity = high
  summary  = "Charges over ${n} pass a fraud check first"
  owner    = "payments"

  when   charge-${file} where span.amount > ${n} as c
  always { name = "fraud.check" } before c within 30s
  never  { name = "payment.bypass_validation" && span.tenant.id != c.span.tenant.id }
}
`,
  );
  return `export let charge-${file} = { name = "payment.charge_card.${file}" }\n\n${rules.join('\n')}`;
}

function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)} ms`;
}

/** Linux only; elsewhere there is no figure. */
function residentMegabytes(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return `${Math.round(Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) / 1000)} MB`;
  } catch {
    return 'not known here';
  }
}
