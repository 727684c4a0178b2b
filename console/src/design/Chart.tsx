import "uplot/dist/uPlot.min.css";

import { useEffect, useMemo, useRef, useState } from "react";
import UPlot from "uplot";

import styles from "./Chart.module.css";
import { axisFigure, axisTime, dotted, niceCeiling } from "./axis";
import { formatShortTime } from "./format";

export interface ChartSeries {
  label: string;
  /** One value for each time; null leaves a gap. */
  values: readonly (number | null)[];
  /** A colour token, such as `--series-1`. */
  color: `--${string}`;
  kind?: "line" | "area" | "bars";
}

interface ChartProps {
  /** What the chart shows, for those who cannot see it. */
  label: string;
  /** Seconds since the Unix epoch, ascending. */
  times: readonly number[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
  height?: number;
  /** The range shown, in seconds; without it, that of the data. */
  range?: readonly [number, number];
  /** Called with a range in seconds that was dragged over. */
  onZoom?: (from: number, to: number) => void;
  /** Charts with the same key share their cursor. */
  sync?: string;
}

interface Cursor {
  index: number;
  left: number;
}

const colorOf = (token: string): string => getComputedStyle(document.documentElement).getPropertyValue(token).trim();

/** A value with nothing on either side has no line to be part of; it is drawn as a dot. So are all while they are few. */
const DOTS: UPlot.Series.Points = {
  show: true,
  size: 5,
  width: 0,
  filter: (plot, index) => dotted([...(plot.data[index] ?? [])]),
};

function seriesOptions(series: ChartSeries): UPlot.Series {
  const stroke = () => colorOf(series.color);
  const shared: UPlot.Series = { label: series.label, stroke, width: 1.75, points: { ...DOTS, fill: stroke }, spanGaps: false };
  if (series.kind === "bars" && UPlot.paths.bars) {
    return { ...shared, width: 0, points: { show: false }, fill: stroke, paths: UPlot.paths.bars({ size: [0.64, 28], radius: 0.2 }) };
  }
  if (series.kind !== "area") return shared;
  return {
    ...shared,
    fill: (plot) => {
      const gradient = plot.ctx.createLinearGradient(0, plot.bbox.top, 0, plot.bbox.top + plot.bbox.height);
      const color = colorOf(series.color);
      gradient.addColorStop(0, `${color}33`);
      gradient.addColorStop(1, `${color}03`);
      return gradient;
    },
  };
}

/** Values over time. Drag over a part to look at it alone; the tooltip follows the pointer. */
export function Chart({ label, times, series, format, height = 168, range, onZoom, sync }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const latest = useRef({ format, onZoom, range });
  useEffect(() => {
    latest.current = { format, onZoom, range };
  });

  const data = useMemo<UPlot.AlignedData>(() => [[...times], ...series.map((each) => [...each.values])], [times, series]);
  const shape = series.map((each) => `${each.label}${each.color}${each.kind ?? "line"}`).join("|");

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const axis: UPlot.Axis = {
      stroke: () => colorOf("--chart-axis"),
      font: "11px 'Inter Variable', sans-serif",
      ticks: { show: false },
      grid: { stroke: () => colorOf("--chart-grid"), width: 1 },
    };
    const created = new UPlot(
      {
        width: element.clientWidth,
        height,
        padding: [8, 10, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          // A line is marked where the pointer is; a bar needs no mark.
          points: { size: (_plot, index) => (series[index - 1]?.kind === "bars" ? 0 : 7), width: 2, fill: () => colorOf("--surface") },
          drag: { x: true, y: false, setScale: false },
          ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
        },
        scales: {
          x: { time: true, range: (_plot, low, high) => (latest.current.range ? [...latest.current.range] as [number, number] : [low, high]) },
          y: { range: (_plot, _low, high) => [0, niceCeiling(high)] },
        },
        axes: [
          { ...axis, grid: { show: false }, space: 76, size: 26, gap: 6, values: (self, splits) => splits.map((at) => axisTime(at, (self.scales.x?.max ?? 0) - (self.scales.x?.min ?? 0))) },
          { ...axis, size: 56, gap: 8, space: 34, values: (_plot, splits) => splits.map((value) => axisFigure(latest.current.format(value))) },
        ],
        series: [{}, ...series.map(seriesOptions)],
        hooks: {
          setCursor: [
            (self) => {
              const { idx, left } = self.cursor;
              setCursor(idx === null || idx === undefined || left === undefined || left < 0 ? null : { index: idx, left: left + self.over.offsetLeft });
            },
          ],
          setSelect: [
            (self) => {
              if (self.select.width < 6) return;
              const [from, to] = [self.posToVal(self.select.left, "x"), self.posToVal(self.select.left + self.select.width, "x")];
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onZoom?.(from, to);
            },
          ],
        },
      },
      data,
      element,
    );
    plot.current = created;
    const resize = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const theme = new MutationObserver(() => created.redraw(false, true));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      resize.disconnect();
      theme.disconnect();
      created.destroy();
      plot.current = null;
    };
    // The plot is built once for its shape; new data goes in through setData below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, height, sync]);

  useEffect(() => plot.current?.setData(data), [data]);

  const at = cursor ? times[cursor.index] : undefined;
  return (
    <div className={styles.chart} role="img" aria-label={label}>
      <div ref={host} className={styles.plot} style={{ height }} />
      {cursor && at !== undefined ? (
        <div className={styles.tooltip} style={{ left: cursor.left }} data-flip={cursor.left > (host.current?.clientWidth ?? 0) * 0.6 || undefined}>
          <p className={styles.time}>{formatShortTime(new Date(at * 1000))}</p>
          {series.map((each) => {
            const value = each.values[cursor.index];
            return (
              <p key={each.label} className={styles.line}>
                <span className={styles.swatch} style={{ background: `var(${each.color})` }} />
                {each.label}
                <span className={styles.value}>{value === null || value === undefined ? "–" : format(value)}</span>
              </p>
            );
          })}
        </div>
      ) : null}
    </div>
  );
}

/** The names of the series beside their colours. */
export function Legend({ series }: { series: readonly Pick<ChartSeries, "label" | "color">[] }) {
  return (
    <ul className={styles.legend}>
      {series.map((each) => (
        <li key={each.label}>
          <span className={styles.swatch} style={{ background: `var(${each.color})` }} />
          {each.label}
        </li>
      ))}
    </ul>
  );
}
