/** What may be done to the panels of a dashboard while it is edited. Pure. */

import type { Panel, Width } from "./types";

export const WIDTHS: readonly Width[] = [3, 4, 6, 8, 12];

/** A list with one of its items put somewhere else; beyond an end it stays at the end. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const next = [...items];
  next.splice(Math.max(0, Math.min(to, next.length - 1)), 0, ...next.splice(from, 1));
  return next;
}

/** The panels with one in the place of another; at the end it is added. */
export function placed(panels: readonly Panel[], index: number, panel: Panel): Panel[] {
  return index >= panels.length ? [...panels, panel] : panels.map((each, at) => (at === index ? panel : each));
}

/** The next width up or down; the same at either end. */
export function resized(width: Width, by: 1 | -1): Width {
  return WIDTHS[WIDTHS.indexOf(width) + by] ?? width;
}

/** A panel that the server will take when its kind of chart was changed: what the kind needs is set along with it. */
export function withChart(panel: Panel, chart: Panel["chart"]): Panel {
  if (chart === "heatmap") return { ...panel, chart, by: [], over_time: true, measures: [panel.measures[0]?.includes("ttft") ? "p50_ttft" : "p50_duration"], sort: "" };
  if (chart === "line" || chart === "area") return { ...panel, chart, over_time: true, limit: Math.min(panel.limit, 20) };
  return { ...panel, chart };
}
