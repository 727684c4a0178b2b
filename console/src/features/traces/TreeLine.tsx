import { ArrowUpRight, BookOpen, Bot, Box, ChevronRight, CircleAlert, Server, Sparkles, Waypoints, Wrench, type LucideIcon } from "lucide-react";
import type { CSSProperties } from "react";

import { classes } from "@/design/classes";
import { exactMoney, formatCompact, formatCount, formatDuration, formatMoney } from "@/design/format";

import type { TreeRow } from "./inspect";
import styles from "./Tree.module.css";
import { barOf, type Zoom } from "./unfold";

const ICONS: Record<string, LucideIcon> = { model: Sparkles, embedding: Waypoints, agent: Bot, tool: Wrench, retriever: BookOpen };

/** What kind of work a span is, as an icon. */
export function KindIcon({ kind, side, source }: { kind: string; side: string; source: string }) {
  const Icon = source === "gateway" ? (side === "server" ? Server : ArrowUpRight) : (ICONS[kind] ?? Box);
  return <Icon aria-hidden className={styles.kind} data-kind={source === "gateway" ? "gateway" : kind} />;
}

/** What a span is called in the tree: an attempt by the model that was asked, everything else by its name. */
export const nameOf = (row: Pick<TreeRow, "source" | "side" | "provider" | "model" | "name">): string =>
  row.source === "gateway" && row.side === "client" ? `${row.provider} · ${row.model}` : row.name;

interface TreeLineProps {
  row: TreeRow;
  zoom: Zoom;
  isSelected: boolean;
  isFound: boolean;
  onSelect: () => void;
  onFold: (open: boolean) => void;
}

/** One span: its place in the tree, when it was at work, and what it and all beneath it cost. */
export function TreeLine({ row, zoom, isSelected, isFound, onSelect, onFold }: TreeLineProps) {
  const name = nameOf(row);
  const isFailed = row.status === "error";
  return (
    <div
      id={`span-${row.span_id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      {...(row.child_count > 0 ? { "aria-expanded": row.is_open } : {})}
      aria-label={`${name}, ${isFailed ? "failed" : "ok"}, ${formatDuration(row.duration_ms)}`}
      className={classes(styles.line, isSelected && styles.selected, isFound && styles.found)}
      onClick={onSelect}
    >
      <span className={styles.name} style={{ "--depth": Math.min(row.depth, 24) } as CSSProperties}>
        {row.child_count > 0 ? <Fold row={row} name={name} onFold={onFold} /> : <span className={styles.leaf} />}
        <KindIcon kind={row.kind} side={row.side} source={row.source} />
        <span className={styles.text}>{name}</span>
        {row.model && !name.includes(row.model) ? <span className={styles.model}>{row.model}</span> : null}
        {isFailed ? <CircleAlert className={styles.failedIcon} aria-hidden /> : null}
        {row.child_count > 0 && !row.is_open ? <Folded row={row} /> : null}
      </span>
      <Lane row={row} zoom={zoom} />
      <span className={styles.figure}>{formatDuration(row.duration_ms)}</span>
      <Cost row={row} />
    </div>
  );
}

function Fold({ row, name, onFold }: { row: TreeRow; name: string; onFold: (open: boolean) => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.fold}
      aria-label={row.is_open ? `Fold ${name}` : `Unfold ${name}`}
      data-open={row.is_open || undefined}
      onClick={(event) => {
        event.stopPropagation();
        onFold(!row.is_open);
      }}
    >
      <ChevronRight aria-hidden />
    </button>
  );
}

/** How much lies in what is folded. */
function Folded({ row }: { row: TreeRow }) {
  const failed = row.error_count - (row.status === "error" ? 1 : 0);
  return (
    <>
      <span className={styles.count}>{formatCompact(row.span_count - 1)}</span>
      {failed > 0 ? <span className={styles.errors}>{formatCompact(failed)} failed</span> : null}
    </>
  );
}

function Lane({ row, zoom }: { row: TreeRow; zoom: Zoom }) {
  const bar = barOf(row.offset_ms, row.duration_ms, zoom);
  const waiting = row.ttft_ms === null ? null : barOf(row.offset_ms, row.ttft_ms, zoom);
  if (!bar) return <span className={styles.lane} />;
  return (
    <span className={styles.lane}>
      <span
        className={classes(styles.bar, row.status === "error" && styles.failed)}
        data-kind={row.source === "gateway" ? row.side : row.kind}
        style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%` }}
        title={`${formatDuration(row.duration_ms)}, of it ${formatDuration(row.busy_ms)} its own`}
      >
        {waiting && bar.width > 0 ? <span className={styles.waiting} style={{ width: `${Math.min(1, waiting.width / bar.width) * 100}%` }} /> : null}
      </span>
    </span>
  );
}

/** An amount below this is only said to be so. */
const LEAST_USD = 0.0001;
const briefMoney = (usd: string): string => (Number(usd) > 0 && Number(usd) < LEAST_USD ? "< $0.0001" : formatMoney(usd));

function Cost({ row }: { row: TreeRow }) {
  const { total } = row;
  if (total.calls === 0) return <span className={classes(styles.figure, styles.none)}>–</span>;
  const tokens = `${formatCount(total.input_tokens)} tokens in, ${formatCount(total.output_tokens)} out, ${formatCount(total.calls)} ${total.calls === 1 ? "call" : "calls"}`;
  if (total.cost_usd === null) {
    return (
      <span className={classes(styles.figure, styles.unpriced)} title={`${tokens}; ${formatCount(total.unpriced)} without a known price`}>
        unpriced
      </span>
    );
  }
  return (
    <span className={classes(styles.figure, row.own.calls === 0 && styles.rolledUp)} title={`${exactMoney(total.cost_usd)}: ${tokens}`}>
      {briefMoney(total.cost_usd)}
    </span>
  );
}
