/** Two protocols on one port: HTTP/1 as the server has it, and HTTP/2 without TLS, which is how gRPC comes. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Takes over connections that speak HTTP/2 from their first byte on. */
export interface Http2Side {
  take(socket: Socket): void;
  /** Lets calls finish for `graceMs`, then ends them. */
  stop(graceMs: number): Promise<void>;
}

/** Every HTTP/2 connection begins with `PRI * HTTP/2.0`; no method of HTTP/1 begins so (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI ');

/** Looks at the first bytes of each connection of `server` and gives those of HTTP/2 to `side`. */
export function shareWithHttp2(server: Server, side: Http2Side, firstBytesWithinMs: number): void {
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    let known = false;
    // Where this process was busy for so long, what the client sent in time has not been read yet: timers come before that.
    const giveUp = (): void => void (known || socket.destroy());
    const timer = setTimeout(() => setImmediate(giveUp), firstBytesWithinMs);
    let seen = Buffer.alloc(0);
    // A connection that breaks before it says anything belongs to no request.
    const onError = (): void => void socket.destroy();
    const onReadable = (): void => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read())
        seen = Buffer.concat([seen, chunk as Buffer]);
      const begins = seen.subarray(0, PREFACE.length);
      const undecided = begins.length < PREFACE.length && PREFACE.subarray(0, begins.length).equals(begins);
      if (undecided && !socket.readableEnded) return;
      known = true;
      clearTimeout(timer);
      socket.off('readable', onReadable).off('error', onError);
      if (seen.length > 0) socket.unshift(seen);
      if (begins.equals(PREFACE)) side.take(socket);
      else for (const listener of serve) listener.call(server, socket);
    };
    socket.once('close', () => clearTimeout(timer));
    socket.on('readable', onReadable).on('error', onError);
  });
}
