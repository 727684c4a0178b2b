import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { ErrorView } from "@/app/ErrorView";
import { Card } from "@/design/Card";
import { formatDuration } from "@/design/format";

import { MANY_SPANS, useLocate, useWindows, WINDOW, type TraceSummary, type TreeRow, type Unfolding } from "./inspect";
import styles from "./Tree.module.css";
import { TreeLine } from "./TreeLine";
import { TreeTools } from "./TreeTools";
import { around, EVERYTHING, marks, revealed, toggled, zoomed, type Zoom } from "./unfold";

const LINE_PX = 30;

interface TreeProps {
  summary: TraceSummary;
  selected: string;
  onSelect: (span: string) => void;
}

/** The spans of a trace, whatever their number: a tree beside a time line, of which only what is in view is asked for. */
export function Tree({ summary, selected, onSelect }: TreeProps) {
  const trace = summary.trace.trace_id;
  const wholeMs = Math.max(summary.duration_ms, 0.001);
  const [unfolding, setUnfolding] = useState<Unfolding>(summary.span_count > MANY_SPANS ? { ...EVERYTHING, levels: 1 } : EVERYTHING);
  const [zoom, setZoom] = useState<Zoom>({ from: 0, to: wholeMs });
  const [found, setFound] = useState<ReadonlySet<string>>(new Set());
  const viewport = useRef<HTMLDivElement>(null);
  const locate = useLocate(trace);

  const [count, setCount] = useState(Math.min(summary.span_count, WINDOW));
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => viewport.current,
    estimateSize: () => LINE_PX,
    overscan: 15,
  });
  const items = virtual.getVirtualItems();
  const first = Math.floor((items[0]?.index ?? 0) / WINDOW);
  const last = Math.floor((items.at(-1)?.index ?? 0) / WINDOW);
  const windows = useMemo(() => Array.from({ length: last - first + 1 }, (_, index) => first + index), [first, last]);
  const answers = useWindows(trace, unfolding, windows);
  const visible = answers.find((answer) => answer.data && !answer.isPlaceholderData)?.data?.visible;
  useEffect(() => {
    if (visible !== undefined) setCount(visible);
  }, [visible]);

  const rows = new Map<number, TreeRow>();
  for (const { data } of answers) data?.rows.forEach((row, index) => rows.set(data.offset + index, row));
  const line = [...rows].find(([, row]) => row.span_id === selected)?.[0];

  const reveal = (span: string): void => {
    void locate(unfolding, span).then(({ line: at, above }) => {
      if (at === null) return;
      setUnfolding((before) => revealed(before, above));
      setCount((before) => Math.max(before, at + 1));
      requestAnimationFrame(() => virtual.scrollToIndex(at, { align: "center" }));
    });
  };
  // What is chosen elsewhere on the page, or by the address, is brought into view.
  const revealOnce = useRef(reveal);
  const isLoaded = visible !== undefined;
  useEffect(() => {
    revealOnce.current = reveal;
  });
  const isHidden = isLoaded && line === undefined;
  useEffect(() => {
    if (isHidden) revealOnce.current(selected);
    // Only a new choice moves the view; scrolling away from it does not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected, isLoaded]);

  const choose = (at: number): void => {
    const row = rows.get(at);
    if (!row) return;
    onSelect(row.span_id);
    virtual.scrollToIndex(at, { align: "auto" });
  };
  const fold = (row: TreeRow, open: boolean): void => setUnfolding((before) => toggled(before, row.span_id, open));
  const press = (event: KeyboardEvent): void => {
    const at = line ?? 0;
    const row = rows.get(at);
    const parent = [...rows].find(([, each]) => each.span_id === row?.parent_span_id)?.[0];
    const moves: Record<string, () => void> = {
      ArrowDown: () => choose(at + 1),
      ArrowUp: () => choose(at - 1),
      PageDown: () => choose(Math.min(count - 1, at + 12)),
      PageUp: () => choose(Math.max(0, at - 12)),
      Home: () => choose(0),
      ArrowRight: () => {
        if (row?.child_count && !row.is_open) fold(row, true);
        else if (row?.child_count) choose(at + 1);
      },
      ArrowLeft: () => {
        if (row?.is_open) fold(row, false);
        else if (parent !== undefined) choose(parent);
      },
      z: () => {
        if (row) setZoom(around(row.offset_ms, row.duration_ms, wholeMs));
      },
      "+": () => setZoom(zoomed(zoom, 0.5, (zoom.from + zoom.to) / 2, wholeMs)),
      "-": () => setZoom(zoomed(zoom, 2, (zoom.from + zoom.to) / 2, wholeMs)),
      "0": () => setZoom({ from: 0, to: wholeMs }),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  };
  const failure = answers.find((answer) => answer.error && !answer.data)?.error;
  return (
    <Card flush className={styles.card}>
      <TreeTools
        summary={summary}
        selected={selected}
        zoom={zoom}
        isZoomed={zoom.to - zoom.from < wholeMs}
        onZoom={(factor) => setZoom(factor === null ? { from: 0, to: wholeMs } : zoomed(zoom, factor, (zoom.from + zoom.to) / 2, wholeMs))}
        onSelect={(span) => {
          onSelect(span);
          reveal(span);
        }}
        onFound={setFound}
        onFold={(levels) => setUnfolding({ levels, opened: [], closed: [] })}
      />
      <Axis zoom={zoom} wholeMs={wholeMs} onZoom={setZoom} />
      {failure ? <ErrorView error={failure} onRetry={() => answers.forEach((answer) => void answer.refetch())} /> : null}
      <div
        ref={viewport}
        className={styles.viewport}
        role="tree"
        aria-label="Spans"
        aria-activedescendant={line === undefined ? undefined : `span-${selected}`}
        tabIndex={0}
        onKeyDown={press}
        style={{ height: Math.min(Math.max(count, 3), 40) * LINE_PX + 6 }}
      >
        <div className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows.get(item.index);
            return (
              <div key={item.index} className={styles.place} style={{ transform: `translateY(${item.start}px)`, height: LINE_PX }}>
                {row ? (
                  <TreeLine
                    row={row}
                    zoom={zoom}
                    isSelected={row.span_id === selected}
                    isFound={found.has(row.span_id)}
                    onSelect={() => onSelect(row.span_id)}
                    onFold={(open) => fold(row, open)}
                  />
                ) : (
                  <div className={styles.pending} aria-hidden />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </Card>
  );
}

/** A mark further along than this share has no room for its figure. */
const LAST_NAMED = 0.75;

/** The moments along the time line. Drag over a part to look at it alone; a double click shows everything again. */
function Axis({ zoom, wholeMs, onZoom }: { zoom: Zoom; wholeMs: number; onZoom: (zoom: Zoom) => void }) {
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const length = zoom.to - zoom.from;
  const share = (event: { clientX: number; currentTarget: HTMLElement }): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  return (
    <div className={styles.axis} aria-hidden>
      <span>Span</span>
      <div
        className={styles.scale}
        title="Drag to look at a part of the time line"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: share(event), to: share(event) });
        }}
        onPointerMove={(event) => {
          if (drag) setDrag({ ...drag, to: share(event) });
        }}
        onPointerUp={() => {
          if (drag && Math.abs(drag.to - drag.from) > 0.01) {
            onZoom({ from: zoom.from + Math.min(drag.from, drag.to) * length, to: zoom.from + Math.max(drag.from, drag.to) * length });
          }
          setDrag(null);
        }}
        onDoubleClick={() => onZoom({ from: 0, to: wholeMs })}
      >
        {marks(zoom).map((at) => (
          <span key={at} className={styles.mark} style={{ left: `${((at - zoom.from) / length) * 100}%` }}>
            {(at - zoom.from) / length > LAST_NAMED ? null : at === 0 ? "0" : formatDuration(at)}
          </span>
        ))}
        {drag ? (
          <span className={styles.drag} style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }} />
        ) : null}
      </div>
      <span className={styles.figure}>Duration</span>
      <span className={styles.figure}>Cost</span>
    </div>
  );
}
