import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.js';

export interface Token {
  readonly name: string;
  readonly secret: string;
  /** `*` stands for all. */
  readonly tenants: readonly string[];
}

/** Knows tokens by their hashes only, so that no dump or log of it can hold one. */
export class TokenStore {
  private entries: readonly { readonly hash: Buffer; readonly principal: Principal }[] = [];

  constructor(tokens: readonly Token[]) {
    this.replace(tokens);
  }

  /** From now on these are known, and no others. */
  replace(tokens: readonly Token[]): void {
    this.entries = tokens.map(({ name, secret, tenants }) => {
      const everything = tenants.includes('*');
      const open = new Set(tenants);
      return {
        hash: hashOf(secret),
        principal: { name, everything, mayReach: (tenant) => everything || open.has(tenant) },
      };
    });
  }

  get size(): number {
    return this.entries.length;
  }

  /** Takes as long for every text: hashes have one length, and each entry is compared whole. */
  find(secret: string): Principal | undefined {
    const hash = hashOf(secret);
    let found: Principal | undefined;
    for (const entry of this.entries) if (timingSafeEqual(entry.hash, hash)) found = entry.principal;
    return found;
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
