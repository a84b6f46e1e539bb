/** Which of several replicas has a trace, as the Collector's `loadbalancing` exporter finds it by `routing_key: traceID`: a ring of hashes. */
import { crc32 } from 'node:zlib';

const POSITIONS = 36_000;
const POINTS_OF_EACH = 100;

export class TraceRing {
  /** In the order of their places; each has the traces up to it, from the place before. */
  private readonly points: readonly { readonly place: number; readonly endpoint: number }[];

  /** `endpoints`: their names, which decide where they are. */
  constructor(endpoints: readonly string[]) {
    const taken = new Map<number, number>();
    for (const [endpoint, name] of endpoints.entries())
      for (let point = 0; point < POINTS_OF_EACH; point++) {
        const place = crc32(Buffer.from([...Buffer.from(name), point])) % POSITIONS;
        if (!taken.has(place)) taken.set(place, endpoint);
      }
    this.points = [...taken]
      .map(([place, endpoint]) => ({ place, endpoint }))
      .sort((a, b) => a.place - b.place);
  }

  /** The number of the endpoint. `traceId`: its 16 bytes. */
  endpointOf(traceId: Uint8Array): number {
    const place = crc32(traceId) % POSITIONS;
    return (this.points.find((point) => point.place >= place) ?? this.points[0]!).endpoint;
  }
}
