/** The settings of `storage` as the engine takes them. */
import {
  AddressError,
  type BlocksPlace,
  parsePlace,
  type RequestSettings,
} from '../../engine/blocks/buckets/place.js';
import type { Locate } from '../../engine/spans/nested-blocks.js';
import { type EngineAddress, EngineAddressError, locateIn, parseEngine } from '../engine/engine-address.js';
import { withoutUndefined } from '../shared/without-undefined.js';
import type { Config } from './schema.js';

/** Throws `AddressError` where `blocks` is no address. */
export function placeOf({ blocks, s3, gcs, azure }: Config['storage']): BlocksPlace {
  const place = parsePlace(blocks);
  switch (place.kind) {
    case 'local':
      return place;
    case 's3': {
      const { caFile, certFile, keyFile, serverName, skipVerify, ...others } = s3;
      const tls = withoutUndefined({ caFile, certFile, keyFile, serverName, skipVerify });
      return { ...place, ...withoutUndefined(others), tls };
    }
    case 'gcs':
      return { ...place, ...withoutUndefined(gcs) };
    case 'azure':
      return { ...place, ...withoutUndefined(azure) };
  }
}

/** Where replicas agree which of them owns a tenant; undefined where there is one replica. Throws `AddressError`. */
export function ownersPlaceOf({
  live: { owners },
  storage,
}: Pick<Config, 'live' | 'storage'>): BlocksPlace | undefined {
  if (owners === undefined) return undefined;
  const place = placeOf({ ...storage, blocks: owners });
  return place.kind === 'gcs' ? { ...place, writes: true } : place;
}

export function requestsOf({ requests }: Config['storage']): RequestSettings {
  const { timeout, hedgeAfter, ...others } = requests;
  return {
    ...others,
    timeoutMs: timeout,
    ...(hedgeAfter === undefined ? {} : { hedgeAfterMs: hedgeAfter }),
  };
}

/** What is wrong with an address, in words; undefined where nothing is. */
export function placeProblem(storage: Config['storage'], blocks = storage.blocks): string | undefined {
  try {
    placeOf({ ...storage, blocks });
    return undefined;
  } catch (error) {
    if (error instanceof AddressError) return error.message;
    throw error;
  }
}

interface EngineSettings {
  readonly address: EngineAddress;
  readonly password: string | undefined;
  readonly locate: Locate;
}

/** What reads the blocks instead of this process; undefined where nothing does. Throws `EngineAddressError`. */
export function engineOf({
  engine,
  storage,
}: Pick<Config, 'engine' | 'storage'>): EngineSettings | undefined {
  if (engine.address === undefined) return undefined;
  const address = parseEngine(engine.address);
  return { address, password: engine.password, locate: locateIn(placeOf(storage), address) };
}

/** What is wrong with the address of the engine, in words; undefined where nothing is. */
export function engineProblem(config: Pick<Config, 'engine' | 'storage'>): string | undefined {
  try {
    engineOf(config);
    return undefined;
  } catch (error) {
    if (error instanceof EngineAddressError) return error.message;
    throw error;
  }
}
