import type { Message } from '../proto/message.js';
import { encodeMessage } from '../proto/write.js';

/** Grafana takes messages of up to 4 MiB; Tempo sends no more than this in one. */
const PACKET_BYTES = 1 << 20;

/**
 * An answer as several messages, each with some of the items of its list `field` and no more than a packet of them, unless one
 * item alone is larger. The last has what is not in the list.
 */
export function packets<T extends object>(
  type: Message<T>,
  answer: T,
  field: keyof T & string,
): readonly T[] {
  const items = (answer as Readonly<Record<string, unknown>>)[field] as readonly unknown[] | undefined;
  const parts: T[] = [];
  let part: unknown[] = [];
  let bytes = 0;
  for (const item of items ?? []) {
    const size = encodeMessage(type, { [field]: [item] } as T).length;
    if (part.length > 0 && bytes + size > PACKET_BYTES) {
      parts.push({ [field]: part } as T);
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  return [...parts, { ...answer, [field]: part }];
}
