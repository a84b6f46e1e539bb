/** The record of a tenant where replicas share it. Rejections are those of the store. */
export interface SharedText {
  /** Undefined where there is none. */
  read(): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** `changed` where another version is there, and perhaps where an answer was lost. */
  write(text: string, version: string | undefined): Promise<{ readonly version: string } | 'changed'>;
}
