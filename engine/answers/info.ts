/** What runs, and what is stored. */
export interface InfoJson {
  readonly version: string;
  /** The one that the request is about. */
  readonly tenant: string;
  readonly tenants: readonly string[];
  readonly multitenancy: boolean;
  readonly rules: { readonly inForce: number; readonly disabled: number; readonly faultyFiles: number };
  readonly storage: {
    /** Why it could not be listed; null where it could. */
    readonly problem: string | null;
    readonly blocks: number;
    readonly unread: number;
    readonly bytes: number;
    readonly from: string | null;
    readonly to: string | null;
  };
}
