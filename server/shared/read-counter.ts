import { Counter, type Registry } from 'prom-client';

/** A counter of something that is counted elsewhere: its value is read when it is asked for. */
export function readCounter(registry: Registry, name: string, help: string, value: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}
