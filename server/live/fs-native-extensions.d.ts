/** The package has no types of its own; what is used of it. */
declare module 'fs-native-extensions' {
  /**
   * Locks the whole file for this descriptor without waiting; false where another one has it. It is gone with the descriptor,
   * also when the process is killed.
   */
  export function tryLock(fd: number): boolean;
}
