import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesInZip, textInZip } from './zip.js';

const script = fileURLToPath(new URL('../../extension/build/package.mjs', import.meta.url));
const REPOSITORY = 'https://git.example/betrace';
let folder = '';
let zip: Buffer;
let names: readonly string[] = [];
let manifest: Manifest;

interface Manifest {
  readonly main: string;
  readonly browser: string;
  readonly icon: string;
  readonly version: string;
  readonly type?: string;
  readonly dependencies?: unknown;
  readonly scripts?: unknown;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly snippets: readonly { readonly path: string }[];
    readonly languages: readonly {
      readonly configuration: string;
      readonly icon: { readonly light: string };
    }[];
    readonly configuration: {
      readonly properties: Readonly<
        Record<string, { readonly description?: string; readonly markdownDescription?: string }>
      >;
    };
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly media: { readonly markdown: string } | { readonly image: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'betrace-vsix-'));
  await promisify(execFile)(process.execPath, [script, folder, '--repository', REPOSITORY]);
  zip = await readFile(join(folder, 'betrace.vsix'));
  names = namesInZip(zip);
  manifest = JSON.parse(await readFile(join(folder, 'extension/package.json'), 'utf8')) as Manifest;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the packed extension', () => {
  it('ends the steps of its walkthrough by events that the editor knows', () => {
    const events = manifest.contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ completionEvents }) => completionEvents),
    );
    for (const event of events)
      expect(event).toMatch(/^(?:onCommand|onLink|onView|onSettingChanged|onContext):/);
  });

  it('has every file that its manifest names', () => {
    const { main, browser, icon, contributes } = manifest;
    const { grammars, snippets, languages, walkthroughs } = contributes;
    const named = [
      main,
      browser,
      icon,
      ...[...grammars, ...snippets].map(({ path }) => path),
      ...languages.flatMap(({ configuration, icon: { light } }) => [configuration, light]),
      ...walkthroughs.flatMap(({ steps }) =>
        steps.map(({ media }) => ('image' in media ? media.image : media.markdown)),
      ),
      'out/server.cjs',
      'out/web/server.js',
      'media/view.js',
      'media/style.css',
      'readme.md',
      'changelog.md',
      'LICENSE.txt',
    ];
    for (const name of named) expect(names).toContain(`extension/${name.replace(/^\.\//, '')}`);
  });

  it('has nothing else, and no sources, packages or engine', async () => {
    expect(names.filter((name) => /\.(?:ts|map|node|wasm)$|node_modules|test/i.test(name))).toEqual([]);
    expect(names.length).toBeLessThan(40);
    expect((await stat(join(folder, 'betrace.vsix'))).size).toBeLessThan(950_000);
    const server = await readFile(join(folder, 'extension/out/server.cjs'), 'utf8');
    expect(server).not.toMatch(/duckdb/i);
  });

  it('names its repository, and its README leads there', () => {
    expect(manifest).toMatchObject({
      repository: { url: REPOSITORY },
      bugs: { url: `${REPOSITORY}/issues` },
      homepage: `${REPOSITORY}#readme`,
    });
    const readme = textInZip(zip, 'extension/readme.md');
    const links = [...readme.matchAll(/\]\(([^)]+)\)/gu)].map(([, link]) => link!);
    expect(
      links.filter((link) => link.startsWith(`${REPOSITORY}/raw/HEAD/extension/screenshots/`)),
    ).not.toEqual([]);
    expect(links.filter((link) => !/^(?:https:|#)/u.test(link))).toEqual([]);
  });

  it('starts where there are rules or queries, and in no other workspace', () => {
    expect(manifest.activationEvents).toEqual(['workspaceContains:**/*.{betrace,traceql}']);
  });

  it('needs nothing to be installed', () => {
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('type');
  });

  it('describes every setting, and implements every command', async () => {
    const settings = Object.entries(manifest.contributes.configuration.properties);
    for (const [name, { description, markdownDescription }] of settings)
      expect((description ?? markdownDescription ?? '').length, name).toBeGreaterThan(20);
    const code = await readFile(join(folder, 'extension/out/extension.cjs'), 'utf8');
    for (const { command } of manifest.contributes.commands) {
      const name = command.replace('betrace.', '');
      expect(code.includes(`"${name}"`) || code.includes(`"${command}"`), command).toBe(true);
    }
  });

  it('sends nothing anywhere by itself', async () => {
    for (const file of ['out/extension.cjs', 'out/web/extension.js', 'out/server.cjs', 'media/view.js']) {
      const code = await readFile(join(folder, 'extension', file), 'utf8');
      expect(code, file).not.toMatch(/applicationinsights|sentry|createTelemetryLogger|sendBeacon/i);
    }
  });
});
