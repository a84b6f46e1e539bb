import { useRef, useState } from 'preact/hooks';
import { clockTime, duration, plural, time } from '../format.js';
import type { SpanRow, Waterfall as Spans } from '../spans.js';
import { type AttributeClick, SpanDetails } from './span-details.js';

interface WaterfallProps {
  readonly waterfall: Spans;
  /** Why spans are marked, by their ids: `evidence`, or the name that a rule gives them. */
  readonly marks: ReadonlyMap<string, string>;
  /** Spans that the reader chooses; absent where there is nothing to do with them. */
  readonly picking?: Picking | undefined;
  /** Absent where nothing can be done with an attribute. */
  readonly onAttribute?: AttributeClick | undefined;
}

interface Picking {
  /** By their indexes among the rows. */
  readonly picked: ReadonlySet<number>;
  readonly onPick: (picked: ReadonlySet<number>) => void;
}

/** Rows beyond these make a page too heavy to be of use; marked spans are always among those shown. */
const MOST_ROWS = 2000;
/** Deeper spans are not moved further to the right. */
const DEEPEST = 20;

/** Spans as a tree with bars on one line of time, by mouse and keyboard: https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ */
export function Waterfall({ waterfall, marks, picking, onAttribute }: WaterfallProps) {
  const { rows, traces } = waterfall;
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [active, setActive] = useState(0);
  const [opened, setOpened] = useState<number>();
  const list = useRef<HTMLDivElement>(null);
  const visible = visibleRows(rows, closed);
  const shown = visible.filter((index, place) => place < MOST_ROWS || marks.has(rows[index]?.id ?? ''));
  const choose = (index: number): void => {
    setActive(index);
    list.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus();
  };
  const fold = (index: number, shut: boolean): void => setClosed(toggled(closed, index, shut));
  const pick = (index: number): void => picking?.onPick(toggled(picking.picked, index));
  const open = (index: number): void => setOpened(opened === index ? undefined : index);
  const onKey = (event: KeyboardEvent, index: number): void => {
    // What is inside a span, such as the button of an attribute, has keys of its own.
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = shown.indexOf(index);
    const row = rows[index];
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => choose(shown[Math.min(place + 1, shown.length - 1)] ?? index),
      ArrowUp: () => choose(shown[Math.max(place - 1, 0)] ?? index),
      Home: () => choose(shown[0] ?? 0),
      End: () => choose(shown.at(-1) ?? index),
      ArrowLeft: () => {
        if (row?.hasChildren && !closed.has(index)) fold(index, true);
        else choose(parentOf(rows, index));
      },
      ArrowRight: () => (closed.has(index) ? fold(index, false) : choose(shown[place + 1] ?? index)),
      Enter: () => open(index),
      ' ': () => (picking === undefined ? open(index) : pick(index)),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const onClick = ({ target }: MouseEvent, index: number): void => {
    if (!(target instanceof Element) || target.closest('.details') !== null) return;
    setActive(index);
    if (target.closest('.pick') !== null) pick(index);
    else if (target.closest('.fold') !== null && rows[index]?.hasChildren) fold(index, !closed.has(index));
    else open(index);
  };
  return (
    <>
      <p class="soft">
        {plural(rows.length, 'span')}, {duration(waterfall.duration)}, from{' '}
        {time(Number(waterfall.start / 1_000_000n))}. Arrow keys move and fold, Enter shows a span
        {picking === undefined ? '' : ', the space bar chooses it'}.
      </p>
      <div
        class={`waterfall${traces.length > 1 ? ' several' : ''}`}
        role="tree"
        aria-label="Spans"
        {...(picking !== undefined && { 'aria-multiselectable': true })}
        ref={list}
      >
        <Scale whole={waterfall.duration} />
        {shown.map((index) => {
          const row = rows[index] as SpanRow;
          const mark = marks.get(row.id);
          const isPicked = picking?.picked.has(index) === true;
          const about = [
            row.failed ? 'error' : '',
            mark === undefined ? '' : `evidence ${mark}`,
            row.orphan ? 'parent missing' : '',
          ].filter(Boolean);
          return (
            <div
              key={index}
              role="treeitem"
              aria-level={row.depth + 1}
              {...(row.hasChildren && { 'aria-expanded': !closed.has(index) })}
              {...(picking !== undefined && { 'aria-checked': isPicked })}
              aria-selected={opened === index}
              tabIndex={index === active ? 0 : -1}
              data-row={index}
              class={`span${mark === undefined ? '' : ' marked'}${row.failed ? ' failed' : ''}`}
              onKeyDown={(event) => onKey(event, index)}
              onClick={(event) => onClick(event, index)}
            >
              <div class="line">
                <span
                  class="label"
                  title={`${row.name} of ${row.service}`}
                  style={{ paddingInlineStart: `${Math.min(row.depth, DEEPEST) * 0.9}rem` }}
                >
                  {picking === undefined ? null : (
                    <span class="pick" title="Choose this span" aria-hidden="true">
                      {isPicked ? '☑' : '☐'}
                    </span>
                  )}
                  <span class="fold">{row.hasChildren ? (closed.has(index) ? '▸' : '▾') : ''}</span>
                  {traces.length > 1 && row.depth === 0 ? (
                    <span class="mark" title={`Trace ${row.traceId}`}>
                      {row.trace + 1}
                    </span>
                  ) : null}
                  {row.name} <span class={`soft service hue-${hueOf(row.service)}`}>{row.service}</span>
                  {mark === undefined ? null : <span class="mark">{mark}</span>}
                  {row.orphan ? <span class="soft"> orphan</span> : null}
                </span>
                <span class="bar">
                  <span
                    class={`hue-${hueOf(row.service)}`}
                    style={{
                      marginInlineStart: `min(${share(row.start, waterfall)}%, calc(100% - 2px))`,
                      width: `${share(row.duration, waterfall)}%`,
                    }}
                  />
                </span>
                <span class="length">
                  {traces.length > 1 ? <span class="since">+{duration(row.start)}</span> : null}
                  {duration(row.duration)}
                  <span class="hidden">{about.map((text) => `, ${text}`).join('')}</span>
                </span>
              </div>
              {opened === index ? (
                <SpanDetails
                  row={row}
                  start={clockTime(waterfall.start + BigInt(row.start))}
                  onAttribute={onAttribute}
                />
              ) : null}
            </div>
          );
        })}
      </div>
      {shown.length < visible.length ? (
        <p class="soft">{plural(visible.length - shown.length, 'more span')} not shown.</p>
      ) : null}
    </>
  );
}

/** When the quarters of the whole time begin. */
function Scale({ whole }: { readonly whole: number }) {
  return (
    <div class="line scale" aria-hidden="true">
      <span />
      <span class="ticks">
        {[0, 1, 2, 3].map((quarter) => (
          <span key={quarter}>{duration(Math.round((whole * quarter) / 4))}</span>
        ))}
      </span>
      <span />
    </div>
  );
}

function share(part: number, { duration: whole }: Spans): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}

const HUES = 6;

/** The same service has the same colour everywhere. */
function hueOf(service: string): number {
  let hash = 0;
  for (const character of service) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % HUES;
}

function toggled(
  indexes: ReadonlySet<number>,
  index: number,
  isIn = !indexes.has(index),
): ReadonlySet<number> {
  const next = new Set(indexes);
  if (isIn) next.add(index);
  else next.delete(index);
  return next;
}

/** The indexes of the rows that no closed one hides. */
function visibleRows(rows: readonly SpanRow[], closed: ReadonlySet<number>): readonly number[] {
  const shown: number[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const [index, { depth }] of rows.entries()) {
    // The next trace begins with a root.
    if (depth > hiddenBelow) continue;
    hiddenBelow = closed.has(index) ? depth : Number.POSITIVE_INFINITY;
    shown.push(index);
  }
  return shown;
}

function parentOf(rows: readonly SpanRow[], index: number): number {
  const depth = rows[index]?.depth ?? 0;
  for (let above = index - 1; above >= 0; above--) if ((rows[above]?.depth ?? 0) < depth) return above;
  return index;
}
