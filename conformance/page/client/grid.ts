/** Moving through a table by keyboard: one stop for Tab, arrows from cell to cell, Home and End within a row. */

const steps: Readonly<Record<string, readonly [rows: number, cells: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-10, 0],
  PageDown: [10, 0],
};

export function moveFocus(event: KeyboardEvent): void {
  const step = steps[event.key];
  const cell = (event.target as Element).closest<HTMLTableCellElement>("td, th");
  const row = cell?.closest("tr");
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || !cell || !row) return;
  const rows = [...row.closest("table")?.querySelectorAll<HTMLTableRowElement>("tbody tr") ?? []];
  const wanted = rows[clamp(rows.indexOf(row) + step[0], rows.length)];
  const target = wanted?.cells[clamp(cell.cellIndex + step[1], wanted.cells.length)]?.querySelector("button");
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** The button that has the focus is the one that Tab comes back to. */
export function keepStop(event: FocusEvent): void {
  const target = event.target as HTMLElement;
  const table = target.closest("table");
  if (target.tagName !== "BUTTON" || table === null) return;
  for (const other of table.querySelectorAll<HTMLElement>('tbody button[tabindex="0"]')) other.tabIndex = -1;
  target.tabIndex = 0;
}

/** After rows went and came, Tab must still find a cell. */
export function ensureStop(table: HTMLTableElement | null): void {
  if (table === null || table.querySelector('tbody button[tabindex="0"]') !== null) return;
  const first = table.querySelector<HTMLElement>("tbody button");
  if (first !== null) first.tabIndex = 0;
}

function clamp(index: number, length: number): number {
  return Math.max(0, Math.min(length - 1, index));
}
