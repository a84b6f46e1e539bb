/** The waterfall by keyboard and mouse: https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ */
export function setUpTree(onSelect: (spanId: string) => void): void {
  const tree = document.querySelector<HTMLElement>('[role="tree"]');
  if (tree === null) return;
  const rows = [...tree.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  const depth = (row: HTMLElement): number => Number(row.dataset.depth);
  const visible = (): readonly HTMLElement[] => rows.filter((row) => !row.hidden);

  const focus = (row: HTMLElement | undefined): void => {
    if (row === undefined) return;
    for (const row of rows) row.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  };
  const select = (row: HTMLElement): void => {
    for (const other of rows) other.setAttribute('aria-selected', String(other === row));
    onSelect(row.dataset.span ?? '');
  };
  /** Shows what is under open rows, and nothing else. */
  const refresh = (): void => {
    let closed = Number.POSITIVE_INFINITY;
    for (const row of rows) {
      row.hidden = depth(row) > closed;
      if (row.hidden) continue;
      closed = row.ariaExpanded === 'false' ? depth(row) : Number.POSITIVE_INFINITY;
      const twistie = row.querySelector('.twistie');
      if (twistie !== null && row.ariaExpanded !== null)
        twistie.textContent = row.ariaExpanded === 'true' ? '▾' : '▸';
    }
  };
  const open = (row: HTMLElement, isOpen: boolean): void => {
    row.setAttribute('aria-expanded', String(isOpen));
    refresh();
  };
  const parentOf = (row: HTMLElement): HTMLElement | undefined =>
    rows.slice(0, rows.indexOf(row)).findLast((other) => depth(other) < depth(row));

  tree.addEventListener('click', ({ target }) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[role="treeitem"]') : null;
    if (row === null) return;
    focus(row);
    if (target instanceof Element && target.closest('.twistie') !== null && row.ariaExpanded !== null)
      open(row, row.ariaExpanded !== 'true');
    else select(row);
  });
  tree.addEventListener('keydown', (event) => {
    const row =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[role="treeitem"]') : null;
    if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const shown = visible();
    const position = shown.indexOf(row);
    switch (event.key) {
      case 'ArrowDown':
        focus(shown[position + 1]);
        break;
      case 'ArrowUp':
        focus(shown[position - 1]);
        break;
      case 'Home':
        focus(shown[0]);
        break;
      case 'End':
        focus(shown.at(-1));
        break;
      case 'ArrowRight':
        if (row.ariaExpanded === 'false') open(row, true);
        else if (row.ariaExpanded === 'true') focus(shown[position + 1]);
        break;
      case 'ArrowLeft':
        if (row.ariaExpanded === 'true') open(row, false);
        else focus(parentOf(row));
        break;
      case 'Enter':
      case ' ':
        select(row);
        break;
      default:
        return;
    }
    event.preventDefault();
  });
  // What the page is about is in sight at once.
  rows.find((row) => row.classList.contains('evidence'))?.scrollIntoView({ block: 'nearest' });
}
