/** What a piece of work takes: wall time and the time of processors, as medians of several runs. Milliseconds. */
export interface Times {
  readonly median: number;
  readonly best: number;
  /** Of all processors and threads of this process, the database's among them. */
  readonly cpu: number;
}

export const RUNS = Number(process.env.BETRACE_BENCH_RUNS ?? 15);

/** Runs `work` so many times, with `after` outside of what is measured. */
export async function timesOf(
  work: () => Promise<unknown>,
  after = (): void => {},
  runs = RUNS,
): Promise<Times> {
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage();
    const start = performance.now();
    await work();
    walls.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpus.push((user + system) / 1000);
    after();
  }
  return { median: medianOf(walls), best: Math.min(...walls), cpu: medianOf(cpus) };
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** `a` as a multiple of `b`, for the medians and for the best runs. */
export function multiple(a: Times, b: Times): string {
  return `${(a.median / b.median).toFixed(1)} x (best: ${(a.best / b.best).toFixed(1)} x)`;
}

export function ms({ median, best }: Times): string {
  return `${whole(median)} ms (best ${best.toFixed(0).padStart(4)})`;
}

export function whole(time: number): string {
  return time.toFixed(0).padStart(6);
}

/** A row of a table as README has it. */
export function tableRow(cells: readonly string[]): void {
  line(`| ${cells.join(' | ')} |`);
}

export function tableHead(cells: readonly string[]): void {
  tableRow(cells);
  tableRow(cells.map(() => '---'));
}

export function line(text: string): void {
  process.stdout.write(`${text}\n`);
}
