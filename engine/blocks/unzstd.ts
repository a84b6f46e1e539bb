import { Decompress } from 'fzstd';

/** In pieces, because a frame's own statement of its size is not to be believed. Throws a plain `Error` for more than `limit` bytes, or what is none. */
export function unzstd(bytes: Uint8Array, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const stream = new Decompress((chunk) => {
    total += chunk.length;
    if (total > limit) throw new Error('it is too large');
    chunks.push(chunk.slice());
  });
  stream.push(bytes, true);
  const whole = new Uint8Array(total);
  let position = 0;
  for (const chunk of chunks) {
    whole.set(chunk, position);
    position += chunk.length;
  }
  return whole;
}
