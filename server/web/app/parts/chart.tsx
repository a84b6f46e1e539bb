import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Line {
  readonly label: string;
  /** One for each time; null where there is none. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** Seconds since the Unix epoch, in order. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Times to mark with a line across, in seconds. */
  readonly marks?: readonly number[];
}

const COLOURS = [
  '#4269d0',
  '#efb118',
  '#ff725c',
  '#6cc5b0',
  '#3ca951',
  '#ff8ab7',
  '#a463f2',
  '#97bbf5',
  '#9c6b4e',
  '#9498a0',
];

/** How times are written, by the distance between them: seconds, and the text alone and where a day begins. */
const TIMES: uPlot.Axis.Values = [
  [86_400, '{YYYY}-{MM}-{DD}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
];

/** Lines over time (uPlot). The same figures are in a table below it, for readers of text. */
export function Chart({ title, times, lines, marks = [] }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const ink = getComputedStyle(element).color;
    const grid = { stroke: getComputedStyle(element).getPropertyValue('--grid').trim(), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 220,
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), 'Etc/UTC'),
        axes: [
          { ...axis, values: TIMES },
          { ...axis, size: 56 },
        ],
        series: [
          { value: '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}' },
          ...lines.map(({ label }, n) => ({
            label,
            stroke: COLOURS[n % COLOURS.length] as string,
            width: 1.5,
            points: { show: times.length < 3 },
          })),
        ],
        hooks: { draw: [(drawn) => drawMarks(drawn, marks, ink)] },
      },
      [times as number[], ...lines.map(({ values }) => values as (number | null)[])],
      element,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 220 }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [times, lines, marks]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

function drawMarks({ ctx, bbox, valToPos }: uPlot, marks: readonly number[], ink: string): void {
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.setLineDash([6, 4]);
  for (const mark of marks) {
    const x = valToPos(mark, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
