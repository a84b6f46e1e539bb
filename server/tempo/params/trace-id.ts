import { HttpError } from '../../http/http-error.js';

/** An id in hex, possibly without its leading zeros, as 32 lower-case digits. Throws 400. */
export function traceIdOf(text: string): string {
  const odd = [...text].findIndex((character) => !/^[0-9a-f]$/i.test(character));
  if (odd >= 0)
    throw new HttpError(
      400,
      `trace IDs can only contain hex characters: invalid character at position ${odd + 1}`,
    );
  if (text.length > 32) throw new HttpError(400, "trace IDs can't be larger than 128 bits");
  return text.toLowerCase().padStart(32, '0');
}
