/** The style of the page, in the page itself: it loads nothing. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dce3, #363c47); --soft: light-dark(#5b6472, #9aa4b2);
  --card: light-dark(#fff, #1c2027); --bad: light-dark(#b3261e, #ff8a80); --warn: light-dark(#8a5a00, #ffc661);
  --good: light-dark(#1b6e3c, #7bd99c); }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; line-height: 1.5; font-family: system-ui, sans-serif;
  background: light-dark(#f5f6f8, #14171c); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.2rem 0 .6rem; font-size: 1.1rem; }
p { margin: .3rem 0; } small, .soft { color: var(--soft); }
code, pre { font-family: ui-monospace, monospace; font-size: .87em; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; margin: .5rem 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .8rem; border-bottom: 1px solid var(--line); }
tbody:last-child > tr:last-child > td { border-bottom: 0; } th { font-size: .8rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } th.number { text-align: right; }
td small { display: block; } td.when { white-space: nowrap; } td.name { min-width: 12rem; overflow-wrap: anywhere; }
tr:has(+ .notes) > td { border-bottom: 0; } .notes > td { padding-top: 0; }
.notes ul { position: sticky; left: .8rem; max-width: calc(100vw - 5rem); box-sizing: border-box; margin: 0; padding: 0; list-style: none;
  font-size: .87em; overflow-wrap: anywhere; } .notes li { font-weight: 400; } .notes b { font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; } .warn { color: var(--warn); font-weight: 600; } .good { color: var(--good); }
a { color: light-dark(#1f5fbf, #8ab4f8); } nav a { margin-right: 1rem; }
`;
