/** The manifests of `server/deploy/kubernetes` as `kubectl` renders them, and Kubernetes' own schemas. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../service/support.js';

const FOLDER = fileURLToPath(new URL('../../../server/deploy/kubernetes/', import.meta.url));

export const hasKubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
/** The command of the Python package `kubernetes-validate`, which brings the schemas of every version. */
export const validator = process.env.KUBERNETES_VALIDATE;
export const VERSIONS = ['1.31', '1.35'];

export function render(overlay: string): string {
  return execFileSync('kubectl', ['kustomize', join(FOLDER, overlay)], { encoding: 'utf8' });
}

/** The exit code and what the validator says; `[0, '']` where there is nothing to say. */
export function schemaProblems(manifests: string, version: string): readonly [number | null, string] {
  const file = join(temporaryDirectory(), 'all.yaml');
  writeFileSync(file, manifests);
  const { status, stdout, stderr } = spawnSync(validator!, ['--strict', '-k', version, file], {
    encoding: 'utf8',
  });
  return [status, `${stdout}${stderr}`.replace(/^(INFO|WARN) .*\n/gmu, '')];
}
