import type { SERVICE_CODES } from './service-codes.js';

/**
 * Why a service cannot start as it is set up here: nothing is broken, and somebody has to change something. The message says what is wrong and
 * what to do; the command prints it and exits as for a wrong configuration.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  constructor(
    readonly code: keyof typeof SERVICE_CODES,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${message}`, options);
  }
}
