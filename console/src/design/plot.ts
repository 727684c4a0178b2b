/** How uPlot is told to draw our charts: colours from the tokens, axes in the unit of the values, stacks as bands. */

import UPlot from "uplot";

import { axisFigure, axisTime, dotted, niceCeiling, SIDES } from "./axis";
import { stacked } from "./stack";

export interface ChartSeries {
  label: string;
  /** One value for each time; null leaves a gap. */
  values: readonly (number | null)[];
  /** A colour token, such as `--series-1`. */
  color: `--${string}`;
  /** `stack` and `stacked-bars` lie upon those before them. */
  kind?: "line" | "area" | "bars" | "stack" | "stacked-bars";
}

export const isStacked = (each: ChartSeries): boolean => each.kind === "stack" || each.kind === "stacked-bars";
const isBars = (each: ChartSeries | undefined): boolean => each?.kind === "bars" || each?.kind === "stacked-bars";

export const colorOf = (token: string): string => getComputedStyle(document.documentElement).getPropertyValue(token).trim();

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
  if (isBars(series) && UPlot.paths.bars) {
    return { ...shared, width: 0, points: { show: false }, fill: stroke, paths: UPlot.paths.bars({ size: [0.64, 28], radius: series.kind === "bars" ? 0.2 : 0 }) };
  }
  if (series.kind === "stack") return { ...shared, width: 1, points: { show: false }, fill: () => `${colorOf(series.color)}b8` };
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

/** The series in the order of drawing: what is stacked comes first and from the top, so that the lower cover the upper. */
export function drawn(series: readonly ChartSeries[]): ChartSeries[] {
  return [...series.filter(isStacked).reverse(), ...series.filter((each) => !isStacked(each))];
}

/** The data of a plot of `drawn(series)`. */
export function dataOf(times: readonly number[], series: readonly ChartSeries[]): UPlot.AlignedData {
  const edges = stacked(series.filter(isStacked).map((each) => each.values)).reverse();
  return [[...times], ...edges, ...series.filter((each) => !isStacked(each)).map((each) => [...each.values])];
}

/** What a chart asks of its surroundings while it lives; read anew each time, as the surroundings change. */
export interface PlotHooks {
  format: () => (value: number) => string;
  range: () => readonly [number, number] | undefined;
  /** What no value can pass, such as 1 for a share; the axis ends there. */
  ceiling: () => number | undefined;
  onCursor: (cursor: { index: number; left: number } | null) => void;
  onZoom: (from: number, to: number) => void;
}

/** Where the axis ends for the greatest value. */
function topOf(high: number | null, ceiling: number | undefined): number {
  const top = niceCeiling(high);
  return ceiling !== undefined && (high ?? 0) <= ceiling ? Math.min(top, ceiling) : top;
}

/** The options of a plot of series that are in the order of drawing. */
export function plotOptions(series: readonly ChartSeries[], size: { width: number; height: number }, hooks: PlotHooks, sync?: string): UPlot.Options {
  const axis: UPlot.Axis = {
    stroke: () => colorOf("--chart-axis"),
    font: "11px 'Inter Variable', sans-serif",
    ticks: { show: false },
    grid: { stroke: () => colorOf("--chart-grid"), width: 1 },
  };
  const bands = series.flatMap((each, index) => (each.kind === "stack" && series[index + 1]?.kind === "stack" ? [{ series: [index + 1, index + 2] as [number, number] }] : []));
  return {
    ...size,
    padding: [SIDES.top, SIDES.right, 0, 0],
    legend: { show: false },
    bands,
    cursor: {
      y: false,
      // A line is marked where the pointer is; a bar and a stack need no mark.
      points: { size: (_plot, index) => (isBars(series[index - 1]) || series[index - 1]?.kind === "stack" ? 0 : 7), width: 2, fill: () => colorOf("--surface") },
      drag: { x: true, y: false, setScale: false },
      ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
    },
    scales: {
      x: {
        time: true,
        range: (_plot, low, high) => {
          const range = hooks.range();
          return range ? [range[0], range[1]] : [low, high];
        },
      },
      y: { range: (_plot, low, high) => [low < 0 ? -niceCeiling(-low) : 0, topOf(high, hooks.ceiling())] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 76,
        size: SIDES.bottom,
        gap: 6,
        values: (self, splits) => splits.map((at) => axisTime(at, (self.scales.x?.max ?? 0) - (self.scales.x?.min ?? 0))),
      },
      { ...axis, size: SIDES.left, gap: 8, space: 34, values: (_plot, splits) => splits.map((value) => axisFigure(hooks.format()(value))) },
    ],
    series: [{}, ...series.map(seriesOptions)],
    hooks: {
      setCursor: [
        (self) => {
          const { idx, left } = self.cursor;
          hooks.onCursor(idx === null || idx === undefined || left === undefined || left < 0 ? null : { index: idx, left: left + self.over.offsetLeft });
        },
      ],
      setSelect: [
        (self) => {
          if (self.select.width < 6) return;
          const [from, to] = [self.posToVal(self.select.left, "x"), self.posToVal(self.select.left + self.select.width, "x")];
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          hooks.onZoom(from, to);
        },
      ],
    },
  };
}
