import type { ChildProcess } from 'node:child_process';

/** Resolves with the exit code once the process has ended and all its messages were received: the last ones may come after its end. */
export async function ended(part: ChildProcess): Promise<number | null> {
  const heard = new Promise<void>((resolve) => {
    part.once('disconnect', resolve);
  });
  const code = await new Promise<number | null>((resolve) => {
    part.once('exit', resolve);
  });
  await heard;
  return code;
}
