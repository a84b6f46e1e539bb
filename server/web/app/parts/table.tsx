import type { ComponentChildren } from 'preact';

interface TableProps {
  readonly columns: readonly string[];
  /** Its rows. */
  readonly children: ComponentChildren;
}

/** Scrolls by itself where it is wider than the page. */
export function Table({ columns, children }: TableProps) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
