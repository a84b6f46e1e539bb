/** Servers of ClickHouse for tests: chdb behind its HTTP interface (`http-server.mjs` says what of it is emulated). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chdbModule } from './chdb.js';

export interface TestServer {
  readonly host: string;
  stop(): Promise<void>;
}

export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const program = fileURLToPath(new URL('http-server.mjs', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program, chdbModule()], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  return {
    host: `127.0.0.1:${Number(port.toString())}`,
    stop: async () => {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
