/** Who asks, and which tenants are open to them. */
export interface Principal {
  /** The name of the token; absent where no tokens are configured. */
  readonly name?: string;
  mayReach(tenant: string): boolean;
  /** Whether every tenant is open, and with it what concerns all of them. */
  readonly everything: boolean;
}
