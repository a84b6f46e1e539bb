import { StartError } from '../shared/start-error.js';
import { listenErrorText } from '../shared/system-error.js';

/** Rejects with what a failure to listen means for whoever configured it, whichever library tells it. */
export function cannotListen(
  setting: string,
  { address, port }: { readonly address: string; readonly port: number },
): (error: unknown) => never {
  return (error) => {
    const text = listenErrorText(error, { setting, address, port });
    throw text === undefined ? error : new StartError('BT5043', `${text}.`, { cause: error });
  };
}
