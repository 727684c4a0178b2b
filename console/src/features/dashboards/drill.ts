/** From a number to the calls behind it, as a query. Pure. */

import { both, quote } from "@/features/traces/query";

import type { Panel } from "./types";

/** What panels ask of spans beneath a call; their conditions are about such a span, and the list of traces is of calls. */
const BENEATH: readonly [RegExp, string][] = [
  [/^tool_/, "tool"],
  [/^agent_/, "agent"],
];

/** The name of a score, by which the measures of scores can be cut; it is no field of the language. */
const SCORE = "score";

/** The condition that a field has a value; null and the empty text are of those that have none. */
export function conditionOf(field: string, value: string | null): string {
  if (field === SCORE) return value ? `scores[${quote(value)}] exists` : "";
  return value === null || value === "" ? `not ${field} exists` : `${field} = ${quote(value)}`;
}

/** The query for the calls of a group of a panel, or with an empty key for all of them. */
export function queryOf(panel: Pick<Panel, "where" | "by" | "measures">, key: readonly (string | null)[]): string {
  const conditions = panel.by.slice(0, key.length).map((field, index) => conditionOf(field, key[index] ?? null));
  const kind = BENEATH.find(([name]) => panel.measures.every((each) => name.test(each)))?.[1];
  const query = [panel.where, ...conditions].reduce(both, "");
  return kind ? `has span(${both(kind, query)})` : query;
}

/** A duration as the language writes it, to the microsecond. */
const written = (ms: number): string => (Number.isInteger(ms) ? `${ms}ms` : `${Math.round(ms * 1000)}us`);

/** The query for the calls of one cell of a heat map. The last bucket has no upper edge. */
export function cellQuery(panel: Pick<Panel, "where" | "by" | "measures">, low_ms: number, high_ms: number | null): string {
  const field = panel.measures[0]?.includes("ttft") ? "ttft" : "duration";
  const least = low_ms > 0 ? `${field} >= ${written(low_ms)}` : `${field} exists`;
  return [panel.where, least, high_ms === null ? "" : `${field} < ${written(high_ms)}`].reduce(both, "");
}
