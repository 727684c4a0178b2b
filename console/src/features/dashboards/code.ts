/** A dashboard as YAML and back. The server alone decides whether it makes sense; here it is only found to have the shape. */

import { WIDTHS } from "./draft";
import type { ChartKind, Dashboard, Panel } from "./types";

export const NEW_PANEL: Panel = {
  title: "New panel",
  chart: "line",
  measures: ["calls"],
  by: [],
  where: "",
  over_time: true,
  limit: 8,
  sort: "",
  success: "",
  score: "",
  width: 6,
};

/** What a file may leave out, and then means. */
const DEFAULTS: Partial<Panel> = { by: [], where: "", over_time: false, limit: 8, sort: "", success: "", score: "", width: 6 };

const isDefault = (name: string, value: unknown): boolean => name in DEFAULTS && JSON.stringify(DEFAULTS[name as keyof Panel]) === JSON.stringify(value);

/** A panel without what it need not say. */
export function shortPanel(panel: Panel): Partial<Panel> {
  return Object.fromEntries(Object.entries(panel).filter(([name, value]) => !isDefault(name, value)));
}

export async function panelYaml(panel: Panel): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify([shortPanel(panel)], { lineWidth: 0 });
}

export async function dashboardYaml({ name, title, description, panels }: Dashboard): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify({ name, title, ...(description ? { description } : {}), panels: panels.map(shortPanel) }, { lineWidth: 0 });
}

/** Says in words where a text is not a dashboard. */
export class NotADashboard extends Error {}

const CHARTS: readonly ChartKind[] = ["line", "area", "bar", "stat", "table", "heatmap"];

/**
 * Reads YAML, or JSON, which is YAML too.
 * @throws NotADashboard with the place and what was expected there.
 */
export async function readDashboard(text: string): Promise<Dashboard> {
  const { parse, YAMLParseError } = await import("yaml");
  let found: unknown;
  try {
    found = parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new NotADashboard(`This is not YAML: ${error.message.split("\n")[0] ?? ""}`);
    throw error;
  }
  const whole = record(found, "the dashboard");
  const panels = whole.panels ?? [];
  if (!Array.isArray(panels)) throw new NotADashboard("panels: expected a list");
  return {
    name: textOf(whole.name, "name"),
    title: textOf(whole.title, "title"),
    description: textOf(whole.description ?? "", "description"),
    panels: panels.map((each: unknown, index) => readPanel(each, `panels[${index}]`)),
  };
}

function readPanel(found: unknown, place: string): Panel {
  const panel = record(found, place);
  const strange = Object.keys(panel).find((name) => !(name in NEW_PANEL));
  if (strange !== undefined) throw new NotADashboard(`${place}: there is no “${strange}”; a panel has ${Object.keys(NEW_PANEL).join(", ")}`);
  const width = panel.width ?? 6;
  return {
    title: textOf(panel.title, `${place}.title`),
    chart: oneOf(panel.chart, CHARTS, `${place}.chart`),
    measures: texts(panel.measures, `${place}.measures`),
    by: texts(panel.by ?? [], `${place}.by`),
    where: textOf(panel.where ?? "", `${place}.where`),
    over_time: panel.over_time === true,
    limit: typeof panel.limit === "number" ? panel.limit : 8,
    sort: textOf(panel.sort ?? "", `${place}.sort`),
    success: textOf(panel.success ?? "", `${place}.success`),
    score: textOf(panel.score ?? "", `${place}.score`),
    width: oneOf(width, WIDTHS, `${place}.width`),
  };
}

function record(found: unknown, place: string): Record<string, unknown> {
  if (typeof found !== "object" || found === null || Array.isArray(found)) throw new NotADashboard(`${place}: expected names with values`);
  return found as Record<string, unknown>;
}

function textOf(found: unknown, place: string): string {
  if (typeof found !== "string") throw new NotADashboard(`${place}: expected a text`);
  return found;
}

function texts(found: unknown, place: string): string[] {
  if (!Array.isArray(found) || !found.every((each): each is string => typeof each === "string")) throw new NotADashboard(`${place}: expected a list of texts`);
  return found;
}

function oneOf<Choice extends string | number>(found: unknown, choices: readonly Choice[], place: string): Choice {
  const choice = choices.find((each) => each === found);
  if (choice === undefined) throw new NotADashboard(`${place}: expected ${choices.join(", ")}`);
  return choice;
}
