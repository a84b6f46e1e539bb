import { spawn } from 'node:child_process';
import type { LocalService, ServiceOptions } from './port.js';

const START_MS = 30_000;

/** Starts `betrace serve` on a free port of this machine; it says its URL on the first line that it prints. */
export async function startService(
  program: string,
  { blocks, rules, tenant, log }: ServiceOptions,
  signal: AbortSignal,
): Promise<LocalService> {
  const args = [
    'serve',
    '--blocks',
    blocks,
    '--http-port',
    '0',
    '--http-address',
    '127.0.0.1',
    '--log-level',
    'warn',
  ];
  if (tenant !== undefined) args.push('--tenant', tenant);
  const child = spawn(program, [...args, '--', ...rules], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => {
    child.kill();
  };
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors = (errors + piece).slice(-4000);
    log(piece.trimEnd());
  });
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (reason: string): void => {
      stop();
      reject(new Error(reason));
    };
    const timer = setTimeout(() => fail(`${program} serve did not start in time`), START_MS);
    signal.addEventListener('abort', () => fail('cancelled'), { once: true });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      // What it prints later is its log.
      if (out.length > 10_000) return;
      out += piece;
      const found = /^http:\/\/127\.0\.0\.1:\d+$/mu.exec(out);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[0]);
    });
    child.once('error', (error) => fail(`cannot run ${program}: ${error.message}`));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(errors.trim() || `${program} serve ended with ${code}`);
    });
  });
  return { url, stop };
}
