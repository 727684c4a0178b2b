import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type ReactNode } from "react";

import { classes } from "./classes";
import type { Column } from "./Table";
import { useWindowWidth } from "./useWindowWidth";
import styles from "./VirtualTable.module.css";

interface VirtualTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  rowHeight?: number;
  /** The row that the keyboard is on, or -1. */
  active?: number;
  onRowClick?: (row: Row, index: number) => void;
  rowTone?: (row: Row) => "bad" | undefined;
  /** Called when the last rows come into view, to load more. */
  onEndReached?: () => void;
  /** Told whether the first row is in view. */
  onTopChange?: (atTop: boolean) => void;
  footer?: ReactNode;
}

const NEAR_END = 20;

/** A table that draws only the rows in view, so that ten thousand are as quick as ten. It fills its parent and scrolls. */
export function VirtualTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  rowHeight = 38,
  active = -1,
  onRowClick,
  rowTone,
  onEndReached,
  onTopChange,
  footer,
}: VirtualTableProps<Row>) {
  const viewport = useRef<HTMLDivElement>(null);
  const width = useWindowWidth();
  const shown = columns.filter((column) => !column.hideBelow || width >= column.hideBelow);
  const tracks = shown.map((column) => column.width ?? "minmax(120px, 1fr)").join(" ");
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
    overscan: 12,
    scrollPaddingStart: 34,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - NEAR_END) onEndReached?.();
  }, [last, rows.length, onEndReached]);

  useEffect(() => {
    if (active >= 0) virtual.scrollToIndex(active, { align: "auto" });
  }, [active, virtual]);

  return (
    <div ref={viewport} className={styles.viewport} tabIndex={-1} onScroll={(event) => onTopChange?.(event.currentTarget.scrollTop < rowHeight)}>
      <div role="table" aria-label={label} aria-rowcount={rows.length + 1} className={styles.table}>
        <div role="row" aria-rowindex={1} className={styles.head} style={{ gridTemplateColumns: tracks }}>
          {shown.map((column) => (
            <div key={column.key} role="columnheader" className={classes(styles.cell, column.align === "end" && styles.end)}>
              {column.header}
            </div>
          ))}
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-current={item.index === active || undefined}
                className={classes(
                  styles.row,
                  item.index === active && styles.active,
                  rowTone?.(row) === "bad" && styles.bad,
                  onRowClick && styles.clickable,
                )}
                style={{ height: rowHeight, transform: `translateY(${item.start}px)`, gridTemplateColumns: tracks }}
                onClick={onRowClick ? () => onRowClick(row, item.index) : undefined}
              >
                {shown.map((column) => (
                  <div key={column.key} role="cell" className={classes(styles.cell, column.align === "end" && styles.end)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {footer}
    </div>
  );
}
