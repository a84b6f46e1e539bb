/** A log that must not be used, as something of it would be lost. Nothing was changed. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
  constructor(
    /** `newer`: of a version that came later; `foreign`: not what belongs there. */
    readonly kind: 'newer' | 'foreign',
    /** What is wrong, in words that follow the name of the file. */
    readonly what: string,
    /** The file, where it is known. */
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(`${file ?? 'the log'} ${what}`, options);
  }

  /** The same, with the file that it is about. */
  in(file: string): UnreadableLog {
    return this.file === undefined ? new UnreadableLog(this.kind, this.what, file, { cause: this }) : this;
  }
}
