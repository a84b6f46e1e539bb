/**
 * What a log needs of a file system: one folder of files that are only ever appended to. A port, so that a simulation can crash
 * it, tear its writes and fill it up.
 */
export interface Disk {
  /** Names of the files, in any order. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  /** In bytes. */
  size(name: string): Promise<number>;
  /** A new file. Once it has been synced, a crash leaves it there. */
  create(name: string): Promise<DiskFile>;
  remove(name: string): Promise<void>;
  /** Makes a file that is there survive a crash of the machine: who wrote it may have been killed before it was synced. */
  settle(name: string): Promise<void>;
  /** Rejects where the folder is not there any more, or is another one: what is written would not be found again. */
  check(): Promise<void>;
}

export interface DiskFile {
  /** Appends; rejects where not everything was written. */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** Resolves once everything written survives a crash. */
  sync(): Promise<void>;
  /** Cuts off what was written after the first `length` bytes. */
  truncate(length: number): Promise<void>;
  /** Rejects where the file is not in its folder any more. */
  check(): Promise<void>;
  close(): Promise<void>;
}
