import { STYLE } from '../../../web/style.js';

/** Of reports that are sent as one file: the style of the plain page, pictures, and what is different on paper. */
export const REPORT_STYLE = `${STYLE}
section { margin-top: 2.5rem; } section > h2 { margin-top: 0; } h3 { margin: 1.2rem 0 .4rem; font-size: .95rem; }
figure { margin: .8rem 0; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
figcaption { color: var(--soft); font-size: .85em; } svg { display: block; width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); } svg .strong { fill: CanvasText; font-weight: 600; }
svg .held { fill: var(--line); } svg .violated, svg .share { fill: var(--bad); } svg .passed { fill: var(--soft); opacity: .55; }
svg .rate { fill: none; stroke: CanvasText; stroke-width: 1.5; } svg .uncertain { fill: var(--warn); opacity: .22; }
svg .change { stroke: var(--warn); stroke-width: 1.5; } svg .axis { stroke: var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { body { padding: 1rem .8rem 3rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
  .overview tr { display: grid; grid-template-columns: 6rem 6rem 1fr; border-bottom: 1px solid var(--line); } .overview :is(th, td) { border: 0; padding-block: .2rem; text-align: left; } .overview :is(th, td):is(:first-child, :last-child) { grid-column: 1 / -1; } }
@media print {
  :root { color-scheme: light; } body { max-width: none; padding: 0; background: #fff; font-size: 10pt; }
  .scroll { overflow: visible; } table { font-size: 8pt; } th, td, code { overflow-wrap: anywhere; white-space: normal; } th, td { padding-inline: .25rem; } td.name { min-width: 0; } pre, pre code { white-space: pre-wrap; overflow-wrap: anywhere; }
  figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  a { color: inherit; text-decoration: none; } thead { display: table-header-group; }
  * { print-color-adjust: exact; }
}
@page { size: A4; margin: 16mm; }
`;
