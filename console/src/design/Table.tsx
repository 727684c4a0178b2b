import type { ReactNode } from "react";

import { classes } from "./classes";
import styles from "./Table.module.css";

export interface Column<Row> {
  /** A key that is stable and unique in the table. */
  key: string;
  header: ReactNode;
  /** A CSS width; what is left over is shared by the columns without one. */
  width?: string;
  align?: "start" | "end";
  /** Left out below this width of the window, in pixels. */
  hideBelow?: 900 | 1100 | 1280 | 1400 | 1500;
  /** How the rows are ordered by this column, if they are. */
  sort?: "ascending" | "descending" | undefined;
  cell: (row: Row) => ReactNode;
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Makes rows clickable. Keep a link or a button inside for the keyboard. */
  onRowClick?: (row: Row) => void;
  empty?: ReactNode;
}

export function columnClass<Row>(column: Column<Row>): string {
  return classes(column.align === "end" && styles.end, column.hideBelow && styles[`hide${column.hideBelow}`]);
}

/** A plain table for up to some hundreds of rows; `VirtualTable` is for more. */
export function Table<Row>({ label, columns, rows, rowKey, onRowClick, empty }: TableProps<Row>) {
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" aria-sort={column.sort} style={{ width: column.width }} className={columnClass(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className={onRowClick ? styles.clickable : undefined} onClick={onRowClick ? () => onRowClick(row) : undefined}>
              {columns.map((column) => (
                <td key={column.key} className={columnClass(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {rows.length === 0 && empty ? (
            <tr>
              <td colSpan={columns.length} className={styles.empty}>
                {empty}
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
