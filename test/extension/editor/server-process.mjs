/** A server as a process in a group of its own: ready when it says where it listens, gone with everything it started. */
import { spawn } from 'node:child_process';

export async function startServer(program, args, { env, ready }) {
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it is gone
    }
  };
  try {
    const said = await new Promise((resolve, reject) => {
      let text = '';
      const hear = (piece) => {
        text += piece;
        const match = ready.exec(text);
        if (match !== null) resolve(match);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${program} did not start: ${text}`)));
    });
    return { url: said[1], stop };
  } catch (error) {
    stop();
    throw error;
  }
}
