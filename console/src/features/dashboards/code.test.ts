import { describe, expect, it } from "vitest";

import { dashboardYaml, NEW_PANEL, NotADashboard, panelYaml, readDashboard } from "./code";

const PANEL = { ...NEW_PANEL, title: "Cost: by model", chart: "area" as const, measures: ["cost"], by: ["model"], where: 'model ~ "gpt" and not sample' };
const BOARD = { name: "ours", title: "Ours", description: "", panels: [PANEL] };

describe("a dashboard as YAML", () => {
  it("comes back as it was", async () => {
    expect(await readDashboard(await dashboardYaml(BOARD))).toEqual(BOARD);
  });

  it("leaves out what need not be said", async () => {
    expect(await panelYaml(PANEL)).toBe('- title: "Cost: by model"\n  chart: area\n  measures:\n    - cost\n  by:\n    - model\n  where: model ~ "gpt" and not sample\n  over_time: true\n');
  });

  it.each([
    ["- 1", "the dashboard: expected names with values"],
    ["name: a\ntitle: [", "This is not YAML"],
    ["name: a\ntitle: 3", "title: expected a text"],
    ["name: a\ntitle: b\npanels:\n- title: t\n  chart: pie\n  measures: [calls]", "panels[0].chart: expected line, area"],
    ["name: a\ntitle: b\npanels:\n- title: t\n  chart: line\n  measures: [calls]\n  colour: red", "panels[0]: there is no “colour”"],
    ["name: a\ntitle: b\npanels:\n- title: t\n  chart: line\n  measures: calls", "panels[0].measures: expected a list of texts"],
  ])("says where %j is wrong", async (text, message) => {
    await expect(readDashboard(text)).rejects.toThrow(NotADashboard);
    await expect(readDashboard(text)).rejects.toThrow(message);
  });
});
