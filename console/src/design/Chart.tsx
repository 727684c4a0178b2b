import "uplot/dist/uPlot.min.css";

import { useEffect, useMemo, useRef, useState } from "react";
import UPlot from "uplot";

import styles from "./Chart.module.css";
import { formatShortTime } from "./format";
import { MarkerLayer } from "./MarkerLayer";
import type { Marker } from "./markers";
import { dataOf, drawn, isStacked, plotOptions, type ChartSeries } from "./plot";

export { Legend } from "./Legend";
export type { ChartSeries } from "./plot";

interface ChartProps {
  /** What the chart shows, for those who cannot see it. */
  label: string;
  /** Seconds since the Unix epoch, ascending. */
  times: readonly number[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
  /** In pixels; or as high as the place that it is in, which must have a height. */
  height?: number | "fill";
  /** What no value can pass, such as 1 for a share; the axis ends there. */
  ceiling?: number | undefined;
  /** The range shown, in seconds; without it, that of the data. */
  range?: readonly [number, number];
  /** Called with a range in seconds that was dragged over. */
  onZoom?: ((from: number, to: number) => void) | undefined;
  /** Called with the place of the time that was clicked. */
  onPick?: ((index: number) => void) | undefined;
  /** Charts with the same key share their cursor. */
  sync?: string;
  /** What was changed when; needs a range. */
  markers?: readonly Marker[] | undefined;
  onMarker?: ((marker: Marker) => void) | undefined;
}

interface Cursor {
  index: number;
  left: number;
}

/** Up to so many series, the values of a chart are short to tell. */
const SHORT = 2;

/** How far the pointer may slip for a press to count as a click and not as a drag, in pixels. */
const SLIP = 4;

/** Values over time. Drag over a part to look at it alone; the tooltip follows the pointer. */
export function Chart({ label, times, series, format, height = 168, ceiling, range, onZoom, onPick, sync, markers, onMarker }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [isUnder, setUnder] = useState(false);
  const latest = useRef({ format, ceiling, onZoom, onPick, range });
  useEffect(() => {
    latest.current = { format, ceiling, onZoom, onPick, range };
  });

  const data = useMemo(() => dataOf(times, series), [times, series]);
  const shape = series.map((each) => `${each.label}${each.color}${each.kind ?? "line"}`).join("|");

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const hooks = {
      format: () => latest.current.format,
      range: () => latest.current.range,
      ceiling: () => latest.current.ceiling,
      onCursor: setCursor,
      onZoom: (from: number, to: number) => latest.current.onZoom?.(from, to),
    };
    const size = () => ({ width: element.clientWidth, height: height === "fill" ? element.clientHeight : height });
    const created = new UPlot(plotOptions(drawn(series), size(), hooks, sync), data, element);
    plot.current = created;
    const stopPicking = listenForPicks(created, (index) => latest.current.onPick?.(index));
    const resize = new ResizeObserver(() => created.setSize(size()));
    resize.observe(element);
    const theme = new MutationObserver(() => created.redraw(false, true));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      stopPicking();
      resize.disconnect();
      theme.disconnect();
      created.destroy();
      plot.current = null;
    };
    // The plot is built once for its shape; new data goes in through setData below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, height, sync]);

  useEffect(() => plot.current?.setData(data), [data]);

  // A chart whose cursor follows another one's says its values too, unless that would cover the page.
  const isTold = isUnder || series.length <= SHORT;
  const at = cursor && isTold ? times[cursor.index] : undefined;
  return (
    <div
      className={styles.chart}
      data-fill={height === "fill" || undefined}
      data-picks={onPick ? true : undefined}
      onPointerEnter={() => setUnder(true)}
      onPointerLeave={() => setUnder(false)}
    >
      <div ref={host} className={styles.plot} style={{ height: height === "fill" ? "100%" : height }} role="img" aria-label={label} />
      {markers && range ? <MarkerLayer markers={markers} range={range} onOpen={onMarker} /> : null}
      {cursor && at !== undefined ? (
        <div className={styles.tooltip} style={{ left: cursor.left }} data-flip={cursor.left > (host.current?.clientWidth ?? 0) * 0.6 || undefined}>
          <p className={styles.time}>{formatShortTime(new Date(at * 1000))}</p>
          <Readings series={series} index={cursor.index} format={format} />
        </div>
      ) : null}
    </div>
  );
}

function listenForPicks(plot: UPlot, onPick: (index: number) => void): () => void {
  let pressed: { x: number; y: number } | null = null;
  const press = (event: PointerEvent) => (pressed = { x: event.clientX, y: event.clientY });
  const release = (event: MouseEvent) => {
    const index = plot.cursor.idx;
    if (!pressed || index === null || index === undefined) return;
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) <= SLIP) onPick(index);
  };
  plot.over.addEventListener("pointerdown", press);
  plot.over.addEventListener("click", release);
  return () => {
    plot.over.removeEventListener("pointerdown", press);
    plot.over.removeEventListener("click", release);
  };
}

/** With more series than this, a tooltip begins with the greatest and leaves the smallest out. */
const READ = 10;

function Readings({ series, index, format }: { series: readonly ChartSeries[]; index: number; format: (value: number) => string }) {
  const values = series.map((each) => ({ ...each, value: each.values[index] ?? null }));
  const ordered = values.length > 3 ? values.filter((each) => each.value !== null).sort((one, other) => (other.value ?? 0) - (one.value ?? 0)) : values;
  const stack = values.filter(isStacked);
  const total = stack.length > 1 ? stack.reduce((sum, each) => sum + (each.value ?? 0), 0) : null;
  return (
    <>
      {ordered.slice(0, READ).map((each) => (
        <p key={each.label} className={styles.line}>
          <span className={styles.swatch} style={{ background: `var(${each.color})` }} />
          <span className={styles.name}>{each.label}</span>
          <span className={styles.value}>{each.value === null ? "–" : format(each.value)}</span>
        </p>
      ))}
      {ordered.length > READ ? <p className={styles.time}>and {ordered.length - READ} smaller</p> : null}
      {total === null ? null : (
        <p className={styles.total}>
          Total
          <span className={styles.value}>{format(total)}</span>
        </p>
      )}
    </>
  );
}
