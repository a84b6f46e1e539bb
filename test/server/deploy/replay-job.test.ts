/** The Job that replays in shares, as `kubectl` renders it: its pods, run here one by one, and then the one that merges, give what one replay gives. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { MAIN } from '../../support/command.js';
import { FIXTURES, runHere } from '../cli/support.js';
import { SHOP_RULES } from '../replay/support.js';
import { temporaryDirectory } from '../service/support.js';
import { hasKubectl, render, schemaProblems, VERSIONS, validator } from './manifests.js';

interface Job {
  readonly kind: string;
  readonly spec: {
    readonly completions?: number;
    readonly completionMode?: string;
    readonly template: { readonly spec: { readonly containers: readonly [Container] } };
  };
}

interface Container {
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

function jobOf(overlay: string): Job {
  const all = parseAllDocuments(render(overlay)).map((document) => document.toJS() as Job);
  return all.find(({ kind }) => kind === 'Job')!;
}

it
  .skipIf(!hasKubectl || validator === undefined)
  .each(
    VERSIONS.flatMap((version) => ['replay', 'replay/merge'].map((overlay) => [overlay, version] as const)),
  )('%s keeps to the schemas of Kubernetes %s', (overlay, version) => {
  expect(schemaProblems(render(overlay), version)).toEqual([0, '']);
});

it.skipIf(!hasKubectl)('has pods that together are one replay', async () => {
  const folder = temporaryDirectory();
  const places = {
    '/shares': join(folder, 'shares'),
    '/cache': join(folder, 'cache'),
    '/etc/betrace/rules': SHOP_RULES,
  };
  mkdirSync(places['/shares']);
  /** What the pod would do, with its volumes where they are here. */
  const run = (job: Job, env: Readonly<Record<string, string>>) => {
    const [{ command, args, env: own = [], volumeMounts }] = job.spec.template.spec.containers;
    for (const place of Object.keys(places).filter((path) => args[0]!.includes(path)))
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(place);
    const script = Object.entries(places).reduce(
      (text, [path, here]) => text.replaceAll(path, here),
      args[0]!,
    );
    const file = join(folder, 'pod.sh');
    writeFileSync(file, script.replaceAll('node dist/server/cli/main.js', `"${process.execPath}" "${MAIN}"`));
    expect(command).toEqual(['sh', '-c']);
    const named = Object.fromEntries(own.map(({ name, value }) => [name, value]));
    return spawnSync('sh', [file], { encoding: 'utf8', env: { ...process.env, ...named, ...env } });
  };
  const replay = jobOf('replay');
  const { completions = 0, completionMode, template } = replay.spec;
  expect(completionMode).toBe('Indexed');
  expect(template.spec.containers[0].env).toContainEqual({ name: 'SHARES', value: String(completions) });
  const shop = { BETRACE_STORAGE_BLOCKS: join(FIXTURES, 'shop-v5') };
  for (let index = 0; index < completions; index++)
    expect(run(replay, { ...shop, JOB_COMPLETION_INDEX: String(index) })).toMatchObject({
      status: 0,
      stderr: '',
    });
  const merged = run(jobOf('replay/merge'), {});
  expect(merged.status).toBe(0);
  const [{ env = [] }] = template.spec.containers;
  const [from, to] = ['FROM', 'TO'].map((wanted) => env.find(({ name }) => name === wanted)!.value);
  const range = ['--from', from!, '--to', to!, '--format', 'md'];
  const whole = await runHere(
    'replay',
    SHOP_RULES,
    '--blocks',
    shop.BETRACE_STORAGE_BLOCKS,
    '--cache',
    places['/cache'],
    ...range,
  );
  expect(merged.stdout).toBe(whole.out);
  expect(run(replay, { ...shop, JOB_COMPLETION_INDEX: String(completions) }).status).toBe(2);
});
