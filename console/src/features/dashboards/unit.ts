/** How values of a measure are written: each unit in its own way. Pure. */

import { exactMoney, formatCompact, formatCount, formatDuration, formatMoney, formatPercent } from "@/design/format";

import type { Unit, Value } from "./types";

/** A value as a number, for drawing and ordering; money loses digits here, so what is written comes from the text. */
export function numberOf(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** A value for reading: in a table, a tile, a tooltip. */
export function formatValue(value: Value | undefined, unit: Unit): string {
  if (value === null || value === undefined) return unit === "usd" ? "unpriced" : "–";
  if (unit === "usd") return formatMoney(typeof value === "string" ? value : value.toFixed(9));
  const figure = Number(value);
  if (unit === "ms") return formatDuration(figure);
  if (unit === "ratio") return formatPercent(figure);
  if (unit === "score") return figure.toFixed(2);
  if (unit === "per_second") return `${formatCompact(Math.abs(figure) < 100 ? Math.round(figure * 10) / 10 : Math.round(figure))}/s`;
  return formatCompact(figure);
}

/** All that is known of a value, for a title. */
export function exactValue(value: Value | undefined, unit: Unit): string {
  if (value === null || value === undefined) return formatValue(value, unit);
  if (unit === "usd") return exactMoney(String(value));
  if (unit === "count" || unit === "tokens") return formatCount(Number(value));
  return formatValue(value, unit);
}

/** A place on an axis, which is only ever a number. */
export function axisFormat(unit: Unit): (value: number) => string {
  return (value) => formatValue(unit === "usd" ? value.toFixed(9) : value, unit);
}

/** Whether more of it is good, bad, or neither; for the colour of a change. */
export function betterOf(measure: string, unit: Unit): "more" | "less" | "neither" {
  if (unit === "usd" || unit === "ms" || /error|fail|unpriced|retr|refus|timeout/.test(measure)) return "less";
  if (unit === "score" || /success|cache|saved/.test(measure)) return "more";
  return unit === "per_second" ? "more" : "neither";
}
