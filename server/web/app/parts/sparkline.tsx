import type { RuleJson } from '../../../../engine/answers/replay.js';
import { decidedBuckets } from '../decided.js';
import { clock, share } from '../format.js';

const WIDTH = 140;
const HEIGHT = 28;

/** The share of violated cases over time in one line, with a mark where it changed. */
export function Sparkline({ result }: { readonly result: RuleJson }) {
  const histogram = decidedBuckets(result);
  const shares = histogram.map(({ applicable, violated }) => (applicable === 0 ? 0 : violated / applicable));
  const most = Math.max(...shares, 1e-9);
  const start = Date.parse(histogram[0]?.start ?? '');
  const end = Date.parse(histogram.at(-1)?.start ?? '');
  const x = (text: string): number =>
    end > start ? ((Date.parse(text) - start) / (end - start)) * WIDTH : 0;
  const points = histogram.map(({ start: time }, n) => {
    const y = HEIGHT - 1 - ((shares[n] ?? 0) / most) * (HEIGHT - 2);
    return `${x(time).toFixed(1)},${y.toFixed(1)}`;
  });
  const changes = result.since?.changes ?? [];
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={sinceText(result)}
    >
      {changes.map(({ at }) => (
        <line key={at} class="change" x1={x(at)} x2={x(at)} y1={0} y2={HEIGHT} />
      ))}
      <polyline points={points.join(' ')} />
    </svg>
  );
}

/** "0.05 % until 14:55, 3.1 % since" in the words of the report. */
export function sinceText({ since, violated, applicable }: RuleJson): string {
  if (violated === 0) return applicable === 0 ? 'no case' : 'never violated';
  if (since === null || since.changes.length === 0)
    return `steady at ${share(violated, applicable)}, no change found`;
  const start = since.parts[0]?.from ?? '';
  return since.parts
    .map((part, n) => {
      const last = n === since.parts.length - 1;
      return `${share(part.violated, part.applicable)} ${last ? `since ${clock(part.from, start)}` : `until ${clock(part.to, start)}`}`;
    })
    .join(', ');
}
