import { useMemo, useRef, useState } from 'preact/hooks';
import { api } from './api.js';
import { duration, plural, time } from './format.js';
import { link } from './route.js';
import { type SpanRow, type Waterfall, waterfallOf } from './spans.js';
import { useAnswer } from './use-answer.js';

interface TracePageProps {
  readonly ids: readonly string[];
  /** Spans that are evidence. */
  readonly marked: readonly string[];
  readonly rule: string | null;
}

export function TracePage({ ids, marked, rule }: TracePageProps) {
  const { value, error } = useAnswer(() => Promise.all(ids.map((id) => api.trace(id))), ids);
  const waterfall = useMemo(() => (value === undefined ? undefined : waterfallOf(value)), [value]);
  return (
    <>
      <h1>{ids.length === 1 ? 'Trace' : `${ids.length} traces of one flow`}</h1>
      <p class="soft ids">{ids.join(', ')}</p>
      {rule === null ? null : (
        <p>
          {plural(marked.length, 'span')} marked: the evidence for a violation of{' '}
          <a href={link.rule(rule)}>{rule}</a>.
        </p>
      )}
      {error === undefined ? null : <p class="bad">{error}</p>}
      {waterfall === undefined ? (
        error === undefined && <p>Reading the trace …</p>
      ) : (
        <Spans waterfall={waterfall} marked={new Set(marked)} />
      )}
    </>
  );
}

function Spans({
  waterfall,
  marked,
}: {
  readonly waterfall: Waterfall;
  readonly marked: ReadonlySet<string>;
}) {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [active, setActive] = useState(0);
  const [opened, setOpened] = useState<number>();
  const list = useRef<HTMLDivElement>(null);
  const shown = visibleRows(waterfall.rows, closed);
  const choose = (index: number): void => {
    setActive(index);
    list.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus();
  };
  const fold = (index: number, shut: boolean): void => {
    const next = new Set(closed);
    if (shut) next.add(index);
    else next.delete(index);
    setClosed(next);
  };
  const onKey = (event: KeyboardEvent): void => {
    const place = shown.indexOf(active);
    const row = waterfall.rows[active];
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => choose(shown[Math.min(place + 1, shown.length - 1)] ?? active),
      ArrowUp: () => choose(shown[Math.max(place - 1, 0)] ?? active),
      Home: () => choose(shown[0] ?? 0),
      End: () => choose(shown.at(-1) ?? active),
      ArrowLeft: () => {
        if (row?.hasChildren && !closed.has(active)) fold(active, true);
        else choose(parentOf(waterfall.rows, active));
      },
      ArrowRight: () => (closed.has(active) ? fold(active, false) : choose(shown[place + 1] ?? active)),
      Enter: () => setOpened(opened === active ? undefined : active),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  return (
    <>
      <p class="soft">
        {plural(waterfall.rows.length, 'span')}, {duration(waterfall.duration)}, from{' '}
        {time(Number(waterfall.start / 1_000_000n))}. Arrow keys move and fold, Enter shows attributes.
      </p>
      <div class="waterfall" role="tree" aria-label="Spans" ref={list}>
        {shown.map((index) => {
          const row = waterfall.rows[index] as SpanRow;
          const isMarked = marked.has(row.id);
          return (
            <div
              key={index}
              role="treeitem"
              aria-level={row.depth + 1}
              {...(row.hasChildren && { 'aria-expanded': !closed.has(index) })}
              aria-selected={opened === index}
              tabIndex={index === active ? 0 : -1}
              data-row={index}
              class={`span${isMarked ? ' marked' : ''}${row.failed ? ' failed' : ''}`}
              onKeyDown={onKey}
              onClick={() => {
                setActive(index);
                setOpened(opened === index ? undefined : index);
              }}
            >
              <div class="line">
                <span class="label" style={{ paddingInlineStart: `${Math.min(row.depth, 20) * 0.9}rem` }}>
                  <span class="fold">{row.hasChildren ? (closed.has(index) ? '▸' : '▾') : ''}</span>
                  {row.name} <span class="soft">{row.service}</span>
                </span>
                <span class="bar">
                  <span
                    style={{
                      marginInlineStart: `${left(row, waterfall)}%`,
                      width: `${width(row, waterfall)}%`,
                    }}
                  />
                </span>
                <span class="length">
                  {duration(row.duration)}
                  <span class="hidden">{`${row.failed ? ', error' : ''}${isMarked ? ', evidence' : ''}`}</span>
                </span>
              </div>
              {opened === index ? <Details row={row} /> : null}
            </div>
          );
        })}
      </div>
    </>
  );
}

function left(row: SpanRow, { duration: whole }: Waterfall): number {
  return whole === 0 ? 0 : (100 * row.start) / whole;
}

function width(row: SpanRow, { duration: whole }: Waterfall): number {
  return whole === 0 ? 0 : (100 * row.duration) / whole;
}

/** The numbers of the rows that no closed one hides. */
function visibleRows(rows: readonly SpanRow[], closed: ReadonlySet<number>): readonly number[] {
  const shown: number[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const [index, { depth }] of rows.entries()) {
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

function Details({ row }: { readonly row: SpanRow }) {
  return (
    <dl class="attributes">
      {row.message === '' ? null : (
        <div>
          <dt>status message</dt>
          <dd>{row.message}</dd>
        </div>
      )}
      {[...row.attributes, ...row.resource.map(([key, text]) => [`resource.${key}`, text] as const)].map(
        ([key, text], n) => (
          <div key={`${n} ${key}`}>
            <dt>{key}</dt>
            <dd>{text}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
