/** What a command knows of a bucket apart from its address: the settings of `storage`, from the environment and from Tempo's configuration. */
import type { BlocksPlace, RequestSettings } from '../../engine/blocks/buckets/place.js';
import { ConfigError } from '../config/layer.js';
import { loadConfig } from '../config/load.js';
import { placeOf, requestsOf } from '../config/storage-place.js';
import type { Setting } from '../config/text-layer.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';

interface Given {
  readonly blocks: string | undefined;
  readonly tempoConfig: string | undefined;
}

export async function placeFromSettings(
  { blocks, tempoConfig }: Given,
  terminal: Terminal,
): Promise<{ readonly place: BlocksPlace; readonly requests: RequestSettings }> {
  const settings: readonly Setting[] = [
    ...(tempoConfig === undefined
      ? []
      : [{ path: ['storage', 'tempo_config'], value: tempoConfig, place: '--tempo-config' }]),
    ...(blocks === undefined ? [] : [{ path: ['storage', 'blocks'], value: blocks, place: '--blocks' }]),
  ];
  try {
    const { config, warnings } = await loadConfig({ env: ofStorage(process.env), settings });
    for (const warning of warnings)
      terminal.err(`${terminal.errStyle.yellow('warning:')} ${printable(warning)}\n`);
    return { place: placeOf(config.storage), requests: requestsOf(config.storage) };
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(`${error.message} (BT4013)`);
    throw error;
  }
}

/** The other settings are those of a service, and may be for one on this machine. What Tempo's file asks for may have any name. */
function ofStorage(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !name.startsWith('BETRACE_') || name.startsWith('BETRACE_STORAGE_'),
    ),
  );
}
