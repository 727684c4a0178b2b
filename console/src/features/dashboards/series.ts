/** What a panel's answer looks like as lines, areas and bars. Pure. */

import type { ChartSeries } from "@/design/plot";
import { categoryColor, OTHER } from "@/design/palette";

import type { Group, Measure, Panel, PanelAnswer, Unit, Value } from "./types";
import { numberOf } from "./unit";

/** How a group is called: its values side by side; what is missing is said. */
export function labelOf(group: Pick<Group, "key">, by: readonly string[]): string {
  return by.map((field, index) => keyLabel(group.key[index], field)).join(" · ");
}

export function keyLabel(value: string | null | undefined, field: string): string {
  return value === null || value === undefined || value === "" ? `no ${shortField(field).replaceAll(".", " ")}` : value;
}

/** `attributes["http.route"]` is called by what is within. */
export function shortField(field: string): string {
  return /^\w+\["(.*)"\]$/.exec(field)?.[1] ?? field;
}

/** The measures of one unit, since an axis has one; most panels have only one. */
export function unitsOf(measures: readonly Measure[]): { unit: Unit; measures: Measure[] }[] {
  const found = new Map<Unit, Measure[]>();
  for (const each of measures) found.set(each.unit, [...(found.get(each.unit) ?? []), each]);
  return [...found].map(([unit, of]) => ({ unit, measures: of }));
}

/** A line or a stack of a panel, and the group that it stands for; null is what was left over. */
export interface Drawn {
  series: ChartSeries;
  group: Group | null;
}

const KINDS = { line: "line", area: "stack", bar: "stacked-bars" } as const;

/** The times of a panel in seconds: the same for all groups. */
export function timesOf(answer: PanelAnswer): number[] {
  const longest = [...answer.groups, ...(answer.other ? [answer.other] : [])].reduce<Group["points"]>((kept, each) => (each.points.length > kept.length ? each.points : kept), []);
  return longest.map((point) => Date.parse(point.at) / 1000);
}

/** The groups of an answer as series of these measures, in the order of the answer. */
export function drawnOf(panel: Panel, answer: PanelAnswer, measures: readonly Measure[]): Drawn[] {
  const isCut = panel.by.length > 0;
  const kind = kindOf(panel, isCut ? answer.groups.length : measures.length);
  // By the order of their names and not of their size, so that panels of the same groups give each the same colour.
  const names = answer.groups.map((group) => (isCut ? labelOf(group, panel.by) : ""));
  const places = new Map([...names].sort().map((name, place) => [name, place]));
  const groups: { group: Group; color: () => `--${string}`; name: string; isOther: boolean }[] = [
    ...answer.groups.map((group, index) => ({ group, color: () => categoryColor(places.get(names[index] ?? "") ?? index), name: names[index] ?? "", isOther: false })),
    ...(answer.other ? [{ group: answer.other, color: () => OTHER, name: "all others", isOther: true }] : []),
  ];
  return groups.flatMap(({ group, color, name, isOther }, at) =>
    measures.flatMap((measure, index) => {
      const values = valuesOf(group, measure.name, timesOf(answer).length);
      if (isOther && values.every((value) => value === null)) return [];
      const label = measures.length > 1 ? [name, measure.title].filter(Boolean).join(" · ") : name || measure.title;
      const series = { label, values, color: isCut && measures.length === 1 ? color() : isCut ? categoryColor(at * measures.length + index) : categoryColor(index), kind };
      return [{ series, group: isOther ? null : group }];
    }),
  );
}

/** A single area keeps its gradient; what does not add up is never stacked. */
function kindOf(panel: Panel, count: number): ChartSeries["kind"] {
  if (panel.chart === "area" && count <= 1) return "area";
  return panel.chart === "line" || panel.chart === "area" || panel.chart === "bar" ? KINDS[panel.chart] : "line";
}

function valuesOf(group: Group, measure: string, length: number): (number | null)[] {
  return Array.from({ length }, (_, index) => numberOf(group.points[index]?.values[measure]));
}

/** What is shown after a name in a legend was pressed: it goes or comes, or is left alone, or all come back. */
export function toggled(labels: readonly string[], hidden: ReadonlySet<string>, label: string, alone: boolean): Set<string> {
  if (alone) {
    const isAlone = labels.every((each) => hidden.has(each) === (each !== label));
    return isAlone ? new Set() : new Set(labels.filter((each) => each !== label));
  }
  const next = new Set(hidden);
  if (!next.delete(label)) next.add(label);
  return labels.every((each) => next.has(each)) ? new Set() : next;
}

/** The rows of a table in the order of one of its columns; what is unknown comes last either way. */
export function sorted<Row>(rows: readonly Row[], valueOf: (row: Row) => Value | undefined, descending: boolean): Row[] {
  const rank = (one: Row, other: Row): number => {
    const [a, b] = [valueOf(one), valueOf(other)];
    const isMissing = (value: Value | undefined) => value === null || value === undefined || value === "";
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
    const [x, y] = [Number(a), Number(b)];
    const order = Number.isNaN(x) || Number.isNaN(y) ? String(a).localeCompare(String(b)) : x - y;
    return descending ? -order : order;
  };
  return [...rows].sort(rank);
}
