/** What typing costs in a workspace of 1,000 rules in 100 files, over standard input and output as an editor has it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { WorkspaceSymbol } from 'vscode-languageserver';
import { LspClient } from '../lsp/client.js';

const FILES = 100;
const RULES_IN_FILE = 10;
const LINES_OF_RULE = 9;
const KEYSTROKES = 300;
const LARGE_LINES = 5000;
const EDITS_FOR_MEMORY = 5000;
const SHARED = 'export let shared = { name = "payment.shared" }\n';
const server = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));

export async function benchEditor(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'betrace-editor-'));
  writeFileSync(join(folder, 'shared.betrace'), SHARED);
  for (let file = 0; file < FILES; file++)
    writeFileSync(join(folder, `rules-${file}.betrace`), fileText(file));
  const client = await LspClient.start(
    { workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'rules' }] },
    [server],
  );
  const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
  try {
    await wholeWorkspace(client);
    const file = new OpenFile(client, uriOf('rules-50.betrace'), fileText(50), ' as c');
    await file.open();
    const times = await typing(client, file);
    const shared = new OpenFile(client, uriOf('shared.betrace'), SHARED, 'payment.shared');
    await shared.open();
    const large = new OpenFile(
      client,
      uriOf('large.betrace'),
      fileText(FILES, Math.floor(LARGE_LINES / LINES_OF_RULE)),
      ' as c',
    );
    const small = await cpuOfEdit(client, file, 100);
    await large.open();
    const [ofLarge, ofShared] = [await cpuOfEdit(client, large, 100), await cpuOfEdit(client, shared, 100)];
    await large.close();
    // By then whatever grows at first has grown.
    for (let n = 0; n < EDITS_FOR_MEMORY / 5; n++) await file.edit();
    const before = residentMegabytes(client.pid);
    for (let n = 0; n < EDITS_FOR_MEMORY; n++) await file.edit();
    console.log(`${FILES * RULES_IN_FILE} rules in ${FILES} files, ${KEYSTROKES} keystrokes`);
    console.log(`keystroke to diagnostics      ${times.diagnostics}`);
    console.log(`completion                    ${times.completion}`);
    console.log(
      `keystroke in ${LARGE_LINES} lines        ${ofLarge.toFixed(1)} ms of CPU, ${(ofLarge / small).toFixed(1)} x that in ${RULES_IN_FILE * LINES_OF_RULE} lines (${small.toFixed(1)} ms)`,
    );
    console.log(`keystroke in a let of ${FILES} files ${ofShared.toFixed(0)} ms of CPU`);
    console.log(
      `RSS of the server             ${before}, after ${EDITS_FOR_MEMORY} more edits ${residentMegabytes(client.pid)}`,
    );
  } finally {
    await client.stop();
    rmSync(folder, { recursive: true });
  }
}

/** A file in which a name becomes another one and is put right in turn: each time what is said of it is another thing. */
class OpenFile {
  #version = 1;
  readonly #end: { readonly line: number; readonly character: number };

  constructor(
    readonly client: LspClient,
    readonly uri: string,
    readonly text: string,
    /** Behind this there is typed, in the middle of the file. */
    place: string,
  ) {
    const lines = text.split('\n');
    const places = lines.flatMap((known, index) => (known.includes(place) ? [index] : []));
    const line = places[Math.floor(places.length / 2)]!;
    this.#end = { line, character: lines[line]!.indexOf(place) + place.length };
  }

  get end(): { readonly line: number; readonly character: number } {
    return this.#end;
  }

  async open(): Promise<void> {
    await this.client.open(this.uri, this.text);
    await this.#diagnostics();
  }

  async close(): Promise<void> {
    await this.client.close(this.uri);
  }

  /** Until it is known what is wrong with the file. */
  async edit(): Promise<void> {
    const version = ++this.#version;
    const { line, character } = this.#end;
    const end = version % 2 === 0 ? this.#end : { line, character: character + 1 };
    await this.client.change(this.uri, version, [
      { range: { start: this.#end, end }, text: version % 2 === 0 ? 'x' : '' },
    ]);
    await this.#diagnostics();
  }

  async #diagnostics(): Promise<void> {
    await this.client.request('textDocument/diagnostic', { textDocument: { uri: this.uri } });
  }
}

/** How long a client waits for mistakes and for completions. */
async function typing(
  client: LspClient,
  { uri, end }: OpenFile,
): Promise<{ readonly diagnostics: string; readonly completion: string }> {
  const diagnostics: number[] = [];
  const completion: number[] = [];
  for (let n = 0; n < KEYSTROKES; n++) {
    // Each time the rest of the rule is wrong or right, which is reported at once, as nobody types there.
    const insert = n % 2 === 0 ? 'x' : '';
    const range = { start: end, end: insert === '' ? { ...end, character: end.character + 1 } : end };
    const typed = performance.now();
    await client.change(uri, n + 2, [{ range, text: insert }]);
    await client.diagnostics(uri, (_, version) => version === n + 2);
    diagnostics.push(performance.now() - typed);
    const asked = performance.now();
    await client.request('textDocument/completion', { textDocument: { uri }, position: end });
    completion.push(performance.now() - asked);
  }
  const shown = (times: readonly number[]): string =>
    `p50 ${quantile(times, 0.5)}  p95 ${quantile(times, 0.95)}`;
  return { diagnostics: shown(diagnostics), completion: shown(completion) };
}

/** CPU time of the server, in milliseconds; a machine that does other things too does not change it much. */
async function cpuOfEdit(client: LspClient, file: OpenFile, edits: number): Promise<number> {
  await file.edit();
  await file.edit();
  const before = cpuMilliseconds(client.pid);
  for (let n = 0; n < edits; n++) await file.edit();
  return (cpuMilliseconds(client.pid) - before) / edits;
}

/** Linux only; elsewhere there is no figure. */
function cpuMilliseconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // Of `man 5 proc`: utime and stime, in hundredths of a second.
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return Number.NaN;
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

function fileText(file: number, count = RULES_IN_FILE): string {
  const rules = Array.from(
    { length: count },
    (_, n) => `rule rule-${file}-${n} {
  severity = high
  summary  = "Charges over ${n} pass a fraud check first"
  owner    = "payments"

  when   charge-${file} where span.amount > ${n} as c
  always { name = "fraud.check" } before c within 30s
  never  shared where span.tenant.id != c.span.tenant.id
}
`,
  );
  return `use "shared"

export let charge-${file} = { name = "payment.charge_card.${file}" }\n\n${rules.join('\n')}`;
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
