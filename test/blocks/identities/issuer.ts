/** What services of clouds hand out here: each time other credentials, good for so long. */
import { randomBytes } from 'node:crypto';

export interface Keys {
  readonly id: string;
  readonly secret: string;
  /** Of the session; absent for keys that a person has for good. */
  readonly token?: string;
  readonly expires: Date;
}

const A_DAY_MS = 86_400_000;

export class Issuer {
  /** That credentials are good for, and say so. */
  lifetimeMs = A_DAY_MS;
  /** So many of the next requests to the store are refused as if credentials had been withdrawn before their time. */
  withdrawn = 0;
  /** Every secret there was. */
  readonly secrets: string[] = [];
  /** How often credentials were handed out. */
  issued = 0;
  private readonly keys = new Map<string, Keys>();
  private readonly tokens = new Map<string, Date>();

  sessionKeys(): Keys {
    this.issued++;
    return this.keep({ ...this.longKeys(), token: this.secret(), expires: this.expiry() });
  }

  /** Of a person, for good. */
  longKeys(): Keys {
    const id = `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
    return this.keep({ id, secret: this.secret(), expires: new Date(Date.now() + A_DAY_MS) });
  }

  bearer(): { readonly token: string; readonly expires: Date } {
    this.issued++;
    const token = this.secret();
    const expires = this.expiry();
    this.tokens.set(token, expires);
    return { token, expires };
  }

  keysOf(id: string): Keys | undefined {
    const keys = this.keys.get(id);
    return keys !== undefined && keys.expires.getTime() > Date.now() ? keys : undefined;
  }

  isBearer(header: string | undefined): boolean {
    const expires = this.tokens.get(/^Bearer (.*)$/.exec(header ?? '')?.[1] ?? '');
    return expires !== undefined && expires.getTime() > Date.now();
  }

  secret(): string {
    const secret = randomBytes(24).toString('hex');
    this.secrets.push(secret);
    return secret;
  }

  private keep(keys: Keys): Keys {
    this.keys.set(keys.id, keys);
    return keys;
  }

  private expiry(): Date {
    return new Date(Date.now() + this.lifetimeMs);
  }
}
