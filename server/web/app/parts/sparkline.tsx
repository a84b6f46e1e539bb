import type { RuleJson } from '../../../../engine/answers/replay.js';
import { decidedBuckets } from '../decided.js';
import { sinceText } from '../since-text.js';

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
