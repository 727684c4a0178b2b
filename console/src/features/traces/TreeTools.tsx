import { ChevronDown, ChevronUp, CircleAlert, CircleDollarSign, Maximize, Minus, Plus, Search, Timer, UnfoldVertical, FoldVertical } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { useShortcuts } from "@/app/shortcuts";
import { Button, IconButton } from "@/design/Button";
import { Input } from "@/design/Field";
import { formatCompact, formatCount, formatDuration } from "@/design/format";

import { useFind, type TraceSummary } from "./inspect";
import styles from "./Tree.module.css";
import type { Zoom } from "./unfold";

interface TreeToolsProps {
  summary: TraceSummary;
  selected: string;
  zoom: Zoom;
  isZoomed: boolean;
  /** By a factor; null shows everything. */
  onZoom: (factor: number | null) => void;
  onSelect: (span: string) => void;
  onFound: (spans: ReadonlySet<string>) => void;
  /** Unfolds so many levels; null unfolds everything. */
  onFold: (levels: number | null) => void;
}

/** Search within a trace, the ways to what matters in it, and the zoom of the time line. */
export function TreeTools({ summary, selected, zoom, isZoomed, onZoom, onSelect, onFound, onFold }: TreeToolsProps) {
  const jump = (span: string | null) => {
    if (span) onSelect(span);
  };
  useShortcuts({
    e: () => jump(summary.first_error),
    s: () => jump(summary.slowest),
    d: () => jump(summary.dearest),
  });
  const many = summary.span_count > 1;
  return (
    <div className={styles.tools}>
      <div className={styles.summary}>
        <h2>
          {formatCount(summary.span_count)} {many ? "spans" : "span"}
        </h2>
        {summary.error_count > 0 ? <span className={styles.errors}>{formatCompact(summary.error_count)} failed</span> : null}
        {isZoomed ? (
          <span className={styles.range}>
            {formatDuration(zoom.from)} – {formatDuration(zoom.to)}
          </span>
        ) : null}
      </div>
      {many ? (
        <>
          <Finder trace={summary.trace.trace_id} selected={selected} onSelect={onSelect} onFound={onFound} />
          <div className={styles.jumps} role="group" aria-label="Jump to">
            <Button size="sm" variant="ghost" icon={<CircleAlert />} title="e" disabledReason={summary.first_error ? null : "Nothing failed in this trace"} onClick={() => jump(summary.first_error)}>
              First error
            </Button>
            <Button size="sm" variant="ghost" icon={<Timer />} title="s: the span that was itself at work for the longest time" onClick={() => jump(summary.slowest)}>
              Slowest
            </Button>
            <Button size="sm" variant="ghost" icon={<CircleDollarSign />} title="d" disabledReason={summary.dearest ? null : "No call of this trace has a cost"} onClick={() => jump(summary.dearest)}>
              Most expensive
            </Button>
            <span className={styles.gap} />
            {summary.levels > 1 ? <Folding onFold={onFold} /> : null}
            <Zooming isZoomed={isZoomed} onZoom={onZoom} />
          </div>
        </>
      ) : null}
    </div>
  );
}

function Folding({ onFold }: { onFold: (levels: number | null) => void }) {
  return (
    <>
      <IconButton size="sm" label="Unfold everything" onClick={() => onFold(null)}>
        <UnfoldVertical />
      </IconButton>
      <IconButton size="sm" label="Fold all but the top" onClick={() => onFold(1)}>
        <FoldVertical />
      </IconButton>
    </>
  );
}

function Zooming({ isZoomed, onZoom }: { isZoomed: boolean; onZoom: (factor: number | null) => void }) {
  const whole = isZoomed ? null : "The whole time line is shown";
  return (
    <>
      <IconButton size="sm" label="Zoom in" shortcut="+" onClick={() => onZoom(0.5)}>
        <Plus />
      </IconButton>
      <IconButton size="sm" label="Zoom out" shortcut="-" disabledReason={whole} onClick={() => onZoom(2)}>
        <Minus />
      </IconButton>
      <IconButton size="sm" label="Show the whole time line" shortcut="0" disabledReason={whole} onClick={() => onZoom(null)}>
        <Maximize />
      </IconButton>
    </>
  );
}

type FinderProps = Pick<TreeToolsProps, "selected" | "onSelect" | "onFound"> & { trace: string };

/** Finds the spans that hold a text, and goes from one to the next. */
function Finder({ trace, selected, onSelect, onFound }: FinderProps) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const sought = useSettled(text);
  const find = useFind(trace, sought);
  const found = sought.trim() ? find.data : undefined;
  const ids = found?.span_ids ?? [];
  const at = ids.indexOf(selected);
  useEffect(() => onFound(new Set(found?.span_ids)), [found, onFound]);
  const step = (by: 1 | -1): void => {
    const start = by === 1 ? -1 : ids.length;
    const next = ids[((at === -1 ? start : at) + by + ids.length) % ids.length];
    if (next) onSelect(next);
  };
  useShortcuts({ "/": () => field.current?.focus(), n: () => step(1) });
  const place = at === -1 ? "" : `${formatCount(at + 1)} of `;
  const words = !found ? "…" : found.total === 0 ? "nothing" : `${place}${formatCount(found.total)}`;
  return (
    <Input
      ref={field}
      className={styles.search ?? ""}
      prefix={<Search aria-hidden />}
      aria-label="Search in this trace"
      placeholder="Search in this trace"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
        if (event.key === "Escape") {
          setText("");
          event.currentTarget.blur();
        }
      }}
      suffix={
        sought.trim() ? (
          <span className={styles.matches}>
            <span role="status">{words}</span>
            <IconButton size="sm" label="Previous match" disabledReason={ids.length > 0 ? null : "Nothing was found"} onClick={() => step(-1)}>
              <ChevronUp />
            </IconButton>
            <IconButton size="sm" label="Next match" shortcut="n" disabledReason={ids.length > 0 ? null : "Nothing was found"} onClick={() => step(1)}>
              <ChevronDown />
            </IconButton>
          </span>
        ) : null
      }
    />
  );
}

const SETTLED_MS = 200;

/** A text once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
