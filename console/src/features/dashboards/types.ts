/** The shapes of dashboards, as the API document has them, under short names. */

import type { Answer, Item } from "@/api/types";

export type DashboardRow = Item<"/api/v1/projects/{project_id}/dashboards">;
export type Kept = Answer<"/api/v1/projects/{project_id}/dashboards/{dashboard}">;
export type Dashboard = Kept["dashboard"];
export type Panel = Dashboard["panels"][number];
export type ChartKind = Panel["chart"];
export type Width = Panel["width"];
export type PanelAnswer = Answer<"/api/v1/projects/{project_id}/dashboards/query", "post">;
export type Measure = Pick<PanelAnswer["measures"][number], "name" | "title" | "unit">;
export type Unit = Measure["unit"];
export type Group = PanelAnswer["groups"][number];
export type Values = Group["values"];
export type Value = Values[string];
export type Heat = NonNullable<PanelAnswer["heat"]>;
