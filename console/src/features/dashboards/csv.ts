/** What a panel shows as comma-separated values, one row for each group or for each group and time. Pure. */

import type { Group, Panel, PanelAnswer, Value } from "./types";

/** A cell as RFC 4180 wants it. A text that a spreadsheet would take for a formula is kept from being one. */
function cell(value: Value | undefined): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const line = (cells: readonly (Value | undefined)[]): string => cells.map(cell).join(",");

/** Money stays the decimal text of the API, unknown values are empty. */
export function csvOf(panel: Panel, answer: PanelAnswer): string {
  if (answer.heat) return heatCsv(answer.heat);
  const names = answer.measures.map((each) => each.name);
  const groups: { key: (string | null)[]; group: Group }[] = [
    ...answer.groups.map((group) => ({ key: group.key, group })),
    ...(answer.other ? [{ key: panel.by.map(() => "(all others)"), group: answer.other }] : []),
  ];
  const isTimed = groups.some(({ group }) => group.points.length > 0);
  const head = line([...(isTimed ? ["time"] : []), ...panel.by, ...names]);
  const rows = groups.flatMap(({ key, group }) =>
    isTimed
      ? group.points.map((point) => line([point.at, ...key, ...names.map((name) => point.values[name])]))
      : [line([...key, ...names.map((name) => group.values[name])])],
  );
  return `${[head, ...rows].join("\r\n")}\r\n`;
}

function heatCsv({ edges_ms, columns }: NonNullable<PanelAnswer["heat"]>): string {
  const rows = columns.flatMap((column) => column.counts.map((count, index) => line([column.at, edges_ms[index], edges_ms[index + 1], count])));
  return `${[line(["time", "from_ms", "below_ms", "calls"]), ...rows].join("\r\n")}\r\n`;
}
