/** The configuration of a service from all its sources: Tempo's file, own file, environment, command line, each over the one before. */
import type { SigningKey } from '../../engine/evidence/keys.js';
import type { Token } from '../auth/tokens.js';
import { crossChecks } from './cross-checks.js';
import { readEvidenceKey } from './evidence-key.js';
import { readFileLayer } from './file-layer.js';
import { ConfigError, type Layer } from './layer.js';
import { environmentName, pathText } from './paths.js';
import { decodeConfig, type ResolvedValue, resolveLayers } from './resolve.js';
import type { Config } from './schema.js';
import { readTempoLayer, type TempoLayer } from './tempo-layer.js';
import { environmentLayer, type Setting, settingsLayer, strangeVariables } from './text-layer.js';
import { readTokens } from './tokens.js';
import { valueAt } from './tree.js';
import { validateLayer } from './validate.js';

export interface ConfigSources {
  /** The file of `--config` or `BETRACE_CONFIG`. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the command line, the later over the earlier. */
  readonly settings: readonly Setting[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** Never part of the configuration, so that nothing prints them. */
  readonly tokens: readonly Token[];
  /** As with tokens. */
  readonly evidenceKey?: SigningKey;
  readonly values: readonly ResolvedValue[];
  readonly warnings: readonly string[];
}

/** Throws `ConfigError` with everything that is wrong. */
export async function loadConfig({ file, env, settings }: ConfigSources): Promise<LoadedConfig> {
  const own: readonly Layer[] = [
    ...(file === undefined ? [] : [await readFileLayer(file)]),
    environmentLayer(env),
    settingsLayer(settings),
  ];
  const tempo = await tempoLayer(own, env);
  const layers = [...(tempo === undefined ? [] : [tempo.layer]), ...own];
  const wrong = layers.flatMap(validateLayer);
  if (wrong.length > 0) throw new ConfigError(wrong);
  const values = resolveLayers(layers);
  const missing = values.filter(({ value, required }) => required && value === undefined);
  if (missing.length > 0)
    throw new ConfigError(
      missing.map(({ path }) => ({
        path: pathText(path),
        message: `is needed: on the command line, as ${environmentName(path)}, or in the configuration file`,
      })),
    );
  const config = decodeConfig(values);
  const placeOf = (path: readonly string[]): { readonly place?: string } => {
    const place = values.findLast((value) => pathText(path).startsWith(pathText(value.path)))?.place;
    return place === undefined ? {} : { place };
  };
  const { tokens, problems: tokenProblems } = await readTokens(config.auth.tokens, env);
  const { key, problems: keyProblems } = await readEvidenceKey(config.evidence, env);
  const problems = [...tokenProblems, ...keyProblems];
  const crossed = crossChecks(config).map(({ path, message }) => ({
    ...placeOf(path),
    path: pathText(path),
    message,
  }));
  const unread = problems.map((problem) => ({ ...placeOf((problem.path ?? '').split('.')), ...problem }));
  if (crossed.length + unread.length > 0) throw new ConfigError([...crossed, ...unread]);
  const named = [
    ...config.auth.tokens.flatMap(({ tokenEnv }) => tokenEnv ?? []),
    ...(config.evidence.keyEnv === undefined ? [] : [config.evidence.keyEnv]),
  ];
  const warnings = [
    ...(tempo?.warnings ?? []),
    ...strangeVariables(env, named).map(
      (name) => `the environment variable ${name} names no setting and is ignored`,
    ),
  ];
  return { config, tokens, values, warnings, ...(key === undefined ? {} : { evidenceKey: key }) };
}

/** Where one of our own layers names a configuration of Tempo. */
async function tempoLayer(
  layers: readonly Layer[],
  env: ConfigSources['env'],
): Promise<TempoLayer | undefined> {
  const path = ['storage', 'tempo_config'];
  const file = layers.map(({ tree }) => valueAt(tree, path)).findLast((value) => value !== undefined);
  return typeof file === 'string' && file !== '' ? await readTempoLayer(file, env) : undefined;
}
