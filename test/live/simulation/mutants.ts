/** Tries whether the simulation finds faults that are put into a copy of the sources on purpose. */
import { fork } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ended } from './ended.js';
import { MUTATIONS, type Mutation } from './mutations.js';
import type { Failure } from './seeds.js';
import { fails } from './shrink.js';
import { simulate } from './simulation.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What the simulation is made of. */
const COPIED = ['engine', 'server', 'test/live', 'test/support', 'package.json', 'tsconfig.json'];

export interface MutantsOptions {
  readonly from: number;
  /** The most that are tried for each. */
  readonly seeds: number;
  /** A part of the names of those to try; undefined for all. */
  readonly only: string | undefined;
  readonly tell: (line: string) => void;
}

/** Resolves with the names of those that no seed has found. */
export async function tryMutants({ from, seeds, only, tell }: MutantsOptions): Promise<readonly string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'betrace-mutants-'));
  const survivors: string[] = [];
  try {
    for (const path of COPIED) await cp(join(ROOT, path), join(copy, path), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    tell('mutant | found by seed | as');
    for (const mutation of MUTATIONS.filter(({ name }) => name.includes(only ?? ''))) {
      const undo = await mutate(copy, mutation);
      const bySql = mutation.bySql === true;
      let found = await firstFailure(copy, from, from + seeds, bySql);
      // A seed that fails without the mutation too has not found it.
      while (found !== undefined && found.seed >= 0 && fails(await simulate(found.seed)))
        found = await firstFailure(copy, found.seed + 1, from + seeds, bySql);
      await undo();
      if (found === undefined) survivors.push(mutation.name);
      tell(
        found === undefined
          ? `${mutation.name} | by none of ${seeds} |`
          : `${mutation.name} | ${found.seed} | ${found.faults[0]?.split('\n')[0]}`,
      );
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  return survivors;
}

/** Throws where the text is not there exactly once: then the sources have changed, and the mutation has to follow them. */
export function mutated(text: string, { name, file, from, to }: Mutation): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`${name}: ${file} has "${from}" ${parts.length - 1} times, not once`);
  return parts.join(to);
}

async function mutate(copy: string, mutation: Mutation): Promise<() => Promise<void>> {
  const path = join(copy, mutation.file);
  const text = await readFile(path, 'utf8');
  await writeFile(path, mutated(text, mutation));
  return async () => await writeFile(path, text);
}

async function firstFailure(
  copy: string,
  from: number,
  to: number,
  bySql: boolean,
): Promise<Failure | undefined> {
  const args = [
    '--part',
    '1',
    '--from',
    String(from),
    '--seeds',
    String(to - from),
    '--sql-share',
    bySql ? '1' : '0',
    '--whole',
  ];
  const part = fork(join(copy, 'test/live/simulation/run.ts'), args, { cwd: copy });
  let failure: Failure | undefined;
  part.on('message', (message: { readonly kind: string; readonly failure?: Failure }) => {
    if (message.kind === 'failure') failure = message.failure;
  });
  const code = await ended(part);
  // A mutant may also bring the process down.
  if (failure === undefined && code !== 0)
    return { seed: -1, text: '', events: 0, faults: [`the process ended with ${code}`] };
  return failure;
}
