/** Hides the rows of the list that do not have the text typed and the values chosen. */
export function setUpFilters(): void {
  const field = document.querySelector<HTMLInputElement>('#filter');
  const shown = document.querySelector('#shown');
  const chosen = [...document.querySelectorAll<HTMLSelectElement>('select[data-filter]')];
  const rows = [...document.querySelectorAll<HTMLTableRowElement>('table.list tbody tr')];
  if (field === null) return;
  const texts = rows.map((row) => (row.textContent ?? '').toLowerCase());
  const apply = (): void => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [n, row] of rows.entries()) {
      const fits =
        words.every((word) => texts[n]?.includes(word)) &&
        chosen.every(({ value, dataset }) => value === '' || row.dataset[dataset.filter ?? ''] === value);
      row.hidden = !fits;
      if (fits) count++;
    }
    if (shown !== null) shown.textContent = count === rows.length ? '' : `${count} of ${rows.length}`;
  };
  field.addEventListener('input', apply);
  for (const select of chosen) select.addEventListener('change', apply);
}
