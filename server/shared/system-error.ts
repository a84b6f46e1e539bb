/** What a machine refuses, as one plain sentence with what to do: none of it is a defect of the product. */

/** Undefined for what did not come from the operating system. */
export function systemErrorText(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  const { code, syscall } = error;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const what = path === undefined ? `the call ${String(syscall)}` : `"${path}"`;
  return `${sentence(String(code), String(syscall), what) ?? error.message} (${String(code)})`;
}

function sentence(code: string, syscall: string, what: string): string | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${what} is not open to ${thisUser()}: give that user the right to it, or name another`;
    case 'ENOTDIR':
      return `${what} leads through a file where a folder belongs: name another, or move the file away`;
    case 'EEXIST':
      return syscall === 'mkdir'
        ? `${what} is a file where a folder belongs: name another, or move the file away`
        : undefined;
    case 'EISDIR':
      return `${what === 'the call read' ? 'a folder is' : `${what} is a folder`} where a file belongs: name another, or move the folder away`;
    case 'ENOENT':
      return `${what} is not there: make it, or name another`;
    case 'EROFS':
      return `${what} is on a file system that only lets files be read: name a place that can be written`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `there is no room for ${what}: make room, or name another disk`;
    case 'EMFILE':
    case 'ENFILE':
      return `no more files can be opened, so ${what} cannot: ${MORE_FILES}`;
    default:
      return undefined;
  }
}

export const MORE_FILES =
  'allow the process more (`ulimit -n 4096`, LimitNOFILE= of systemd, --ulimit nofile of Docker)';

function thisUser(): string {
  const uid = process.getuid?.();
  return uid === undefined ? 'this user' : `user ${uid}`;
}

/** Why nothing can listen at an address, whatever library says so and in whichever words; undefined where it is something else. */
export function listenErrorText(
  error: unknown,
  { setting, address, port }: { readonly setting: string; readonly address: string; readonly port: number },
): string | undefined {
  const [code] = /\bE[A-Z]{3,}\b/.exec(codeOf(error) ?? (error instanceof Error ? error.message : '')) ?? [];
  const place = `port ${port} of ${address}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${setting}: ${place} is in use by another process: stop that one, or name another port (${code})`;
    case 'EACCES':
      return `${setting}: ${place} is not open to ${thisUser()}: name a port from 1024 on, or give the process the right to it (${code})`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'EAFNOSUPPORT':
      return `${setting}: ${address} is no address of this machine: name one that is, or 0.0.0.0 for all (${code})`;
    default:
      return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Fewer files than a service has open at its start. */
const LEAST_FILES = 256;

/** How many files the process may have open at once, where that is too few to start; undefined where it is enough, or is not known. */
export function tooFewFiles(): number | undefined {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | string } };
  };
  const most = Number(userLimits?.open_files?.soft);
  return most < LEAST_FILES ? most : undefined;
}
