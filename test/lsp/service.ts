import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that gives fixed answers by path, and remembers what it was asked. */
export class FixedService {
  readonly asked: string[] = [];
  private readonly server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url!, 'http://x');
    const { authorization, 'x-scope-orgid': tenant } = request.headers;
    this.asked.push(`${pathname}${decodeURIComponent(search)} ${authorization} ${tenant}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(this.answers[pathname] ?? {}));
  });

  constructor(private readonly answers: Readonly<Record<string, unknown>>) {}

  /** Its address. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}

export const SCHEMA = {
  '/betrace/v1/rules': { rules: [] },
  '/betrace/v1/schema/attributes': {
    spans: 1000,
    attributes: [
      { scope: 'span', key: 'tier', types: ['string'], count: 400, examples: ['gold'] },
      { scope: 'span', key: 'amount', types: ['int'], count: 50, examples: ['1'] },
    ],
  },
  '/betrace/v1/schema/span-names': { values: [{ value: 'pay', count: 60 }] },
  '/betrace/v1/schema/services': { values: [{ value: 'shop', count: 1000 }] },
  '/betrace/v1/schema/values': {
    values: [
      { value: 'gold', count: 300 },
      { value: 'tin', count: 100 },
    ],
  },
} as const;
