import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { loadWorkspace } from '../../engine/language/link/workspace.js';

/** `npm run` and vitest start in the repository; the compiled file lies elsewhere. */
const SHOP = join(process.cwd(), 'queries/shop');

/** The rules of queries/shop. */
export function shopRules(): readonly ResolvedRule[] {
  const names = readdirSync(SHOP).filter((name) => name.endsWith('.betrace'));
  return soundRules(new Map(names.map((name) => [name, readFileSync(join(SHOP, name), 'utf8')])));
}

/** The rules of files in queries. */
export function fileRules(...paths: readonly string[]): readonly ResolvedRule[] {
  return soundRules(
    new Map(paths.map((path) => [path, readFileSync(join(process.cwd(), 'queries', path), 'utf8')])),
  );
}

export function ruleOf(text: string): readonly ResolvedRule[] {
  return soundRules(new Map([['bench.betrace', text]]));
}

/** The shop's rules and variations on them: absence, order, counts and equality over the names that the shop has. */
export function fiftyRules(): readonly ResolvedRule[] {
  const names = [
    'payment.charge_card',
    'fraud.check',
    'inventory.reserve',
    'checkout.place_order',
    'orders publish',
    'orders process',
    'auth.validate',
    'audit.log',
    'users.get',
    'http.retry',
    'catalog.get_product',
    'deployment.initiated',
    'retrieve documents',
  ];
  const forms = [
    (a: string, b: string) => `when { name = "${a}" } always { name = "${b}" }`,
    (a: string, b: string) => `when { name = "${a}" } as x never { name = "${b}" } after x`,
    (a: string, b: string) => `when { name = "${a}" } always count({ name = "${b}" }) <= 5`,
    (a: string, b: string) =>
      `when { name = "${a}" } as x never { name = "${b}" && span.tenant.id != x.span.tenant.id }`,
  ];
  const shop = shopRules();
  const more = Array.from({ length: 50 - shop.length }, (_, n) => {
    const [a, b] = [names[n % names.length]!, names[(n + 1 + Math.floor(n / names.length)) % names.length]!];
    return `rule variation-${n} { ${forms[n % forms.length]!(a, b)} }`;
  });
  return [...shop, ...ruleOf(more.join('\n'))];
}

function soundRules(files: ReadonlyMap<string, string>): readonly ResolvedRule[] {
  const { rules, files: checked } = loadWorkspace(files);
  const errors = [...checked.values()].flatMap(({ diagnostics }) =>
    diagnostics.filter((d) => d.severity === 'error'),
  );
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return rules;
}
