import { mkdtempSync, rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { CaseRuleJson, ReplayJson } from '../../../engine/answers/replay.js';
import { betrace, FIXTURES, type RunResult } from '../cli/support.js';

export const SHOP_RULES = fileURLToPath(new URL('../../../queries/shop', import.meta.url));

/** A new folder, removed when the test ends. */
export async function temporary(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `betrace-${name}-`));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

let cache: string | undefined;

/** A folder for what is made of blocks that no test changes, where it does not matter whether another test has asked before. */
export function keptCache(): string {
  if (cache === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'betrace-cache-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    cache = directory;
  }
  return cache;
}

/** A copy of one of the fixtures to change, as its tenant's folder. */
export async function copyOfBlocks(
  fixture: string,
): Promise<{ readonly root: string; readonly tenant: string }> {
  const root = await temporary('blocks');
  await cp(join(FIXTURES, fixture, 'blocks'), root, { recursive: true });
  return { root, tenant: join(root, 'single-tenant') };
}

export interface ReplayOutcome extends RunResult {
  readonly json: ReplayJson;
}

/** Runs `betrace replay … --format json` on the rules of the shop, unless `rules` says otherwise. */
export async function replayed(
  blocks: string,
  cache: string,
  more: readonly string[] = [],
  rules = SHOP_RULES,
): Promise<ReplayOutcome> {
  const args = ['replay', rules, '--blocks', blocks, '--cache', cache, '--format', 'json', ...more];
  const run = await betrace(args);
  if (run.out === '') throw new Error(`no result, exit code ${run.code}: ${run.err}`);
  return { ...run, json: JSON.parse(run.out) as ReplayJson };
}

export function ruleOf(json: ReplayJson, id: string): CaseRuleJson {
  const rule = json.rules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new Error(`no rule ${id} in the result`);
  return rule;
}

/** Sorted ids of the violating traces, by rule. */
export function violatingTraces({ rules }: ReplayJson): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    rules.map(({ id, violations }) => [id, [...new Set(violations.map(({ traceId }) => traceId))].sort()]),
  );
}

/** The planted violations of a folder of blocks, in the same form. */
export async function truthOf(folder: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { truth } = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8')) as {
    readonly truth: Readonly<Record<string, readonly string[]>>;
  };
  return Object.fromEntries(Object.entries(truth).map(([id, traces]) => [id, [...traces].sort()]));
}

/** What must not depend on how the same traces are stored. */
export function verdicts({ rules }: ReplayJson): unknown {
  return rules.map(
    ({ id, applicable, passed, violated, cannotTell, first, last, histogram, violations }) => ({
      id,
      applicable,
      passed,
      violated,
      cannotTell,
      first,
      last,
      histogram,
      violations: violations.map((violation) => violation.id).sort(),
    }),
  );
}
