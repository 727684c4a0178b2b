/** Dashboards and the answers of their panels, asked for by range and environment. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import { bounds, rangeBefore, rangeQuery, type Range } from "@/design/range";

import type { Dashboard, Panel, PanelAnswer } from "./types";

const DASHBOARDS = "/api/v1/projects/{project_id}/dashboards";
const DASHBOARD = "/api/v1/projects/{project_id}/dashboards/{dashboard}";
const QUERY = "/api/v1/projects/{project_id}/dashboards/query";
const MEASURES = "/api/v1/projects/{project_id}/dashboards/measures";

export const REFRESH_MS = 10_000;

const inProject = (project: string) => ({ path: { project_id: project } });
const named = (project: string, dashboard: string) => ({ path: { project_id: project, dashboard } });

/** All dashboards: those that come with the product, then the project's own. */
export function useDashboards() {
  const project = useProject();
  return useQuery({
    queryKey: keys.dashboards(project.id),
    queryFn: async () => (await unwrap(api.GET(DASHBOARDS, { params: { ...inProject(project.id), query: { limit: 200 } } }))).items,
  });
}

export function useDashboard(name: string) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.dashboards(project.id), name],
    queryFn: () => unwrap(api.GET(DASHBOARD, { params: named(project.id, name) })),
    // Somebody may be editing it: it does not change under their hands, and a change by others is found when it is saved.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

/** Keeps a dashboard. With a revision only if that is the newest one; 0 means that there must be none of the name. */
export function useSaveDashboard() {
  const project = useProject();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ dashboard, revision }: { dashboard: Dashboard; revision: number | null }) =>
      unwrap(api.PUT(DASHBOARD, { params: named(project.id, dashboard.name), body: { dashboard, revision } })),
    onSuccess: (kept) => {
      client.setQueryData([...keys.dashboards(project.id), kept.dashboard.name], kept);
      return client.invalidateQueries({ queryKey: keys.dashboards(project.id), exact: true });
    },
  });
}

export function useDeleteDashboard() {
  const project = useProject();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE(DASHBOARD, { params: named(project.id, name) })),
    onSuccess: (_, name) => {
      // Its page is still there for a moment, and must not ask for it again.
      void client.invalidateQueries({ queryKey: [...keys.dashboards(project.id), name], refetchType: "none" });
      return client.invalidateQueries({ queryKey: keys.dashboards(project.id), exact: true });
    },
  });
}

/** What a panel can show. */
export function useMeasures() {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.dashboards(project.id), "*", "measures"],
    queryFn: async () => (await unwrap(api.GET(MEASURES, { params: inProject(project.id) }))).items,
    staleTime: Infinity,
  });
}

/** The fields that calls can be cut by, as the completion of queries knows them. */
export function useFields() {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.project(project.id), "query-fields"],
    queryFn: async () => {
      const found = await unwrap(api.POST("/api/v1/projects/{project_id}/query/complete", { params: inProject(project.id), body: { text: "", cursor: 0 } }));
      return found.options.filter((option) => option.kind === "field");
    },
    staleTime: Infinity,
  });
}

/** An answer with the bounds that it is of. */
export type Answered = PanelAnswer & { from: Date; to: Date };

/** The answer of a panel. A range that moves with the clock is asked for again while `live` is on. */
export function usePanel(panel: Panel, range: Range, environment: string | null, live: boolean, enabled = true) {
  const project = useProject();
  // How wide it is and what it is called does not change the answer.
  const asked: Panel = { ...panel, title: "panel", width: 6 };
  return useQuery({
    queryKey: [...keys.panels(project.id), rangeQuery(range), environment, asked],
    queryFn: async (): Promise<Answered> => {
      const { from, to } = bounds(range, new Date());
      const body = { panel: asked, from: from.toISOString(), to: to.toISOString(), environment };
      return { ...(await unwrap(api.POST(QUERY, { params: inProject(project.id), body }))), from, to };
    },
    placeholderData: keepPreviousData,
    refetchInterval: live && range.kind === "last" ? REFRESH_MS : false,
    enabled,
  });
}

/** The same panel over the range of equal length before, for the change since. */
export function usePanelBefore(panel: Panel, answer: Answered | undefined, environment: string | null) {
  const before: Range = answer ? { kind: "between", ...rangeBefore(answer.from, answer.to) } : { kind: "between", from: new Date(0), to: new Date(1) };
  return usePanel({ ...panel, over_time: false }, before, environment, false, answer !== undefined);
}

const FORECAST = "/api/v1/projects/{project_id}/costs/forecast";
const CONCENTRATION = "/api/v1/projects/{project_id}/costs/concentration";

export const CONCENTRATIONS = ["user", "session", "prompt", "feature", "model"] as const;
export type ConcentratedBy = (typeof CONCENTRATIONS)[number];

/** What this month will have cost at its end. */
export function useForecast(environment: string | null) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.panels(project.id), "forecast", environment],
    queryFn: () => unwrap(api.GET(FORECAST, { params: { ...inProject(project.id), query: environment ? { environment } : {} } })),
    staleTime: 60_000,
  });
}

/** Who or what makes up the cost of a range. */
export function useConcentration(by: ConcentratedBy, range: Range, environment: string | null) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.panels(project.id), "concentration", by, rangeQuery(range), environment],
    queryFn: () => {
      const { from, to } = bounds(range, new Date());
      const query = { by, from: from.toISOString(), to: to.toISOString(), ...(environment ? { environment } : {}) };
      return unwrap(api.GET(CONCENTRATION, { params: { ...inProject(project.id), query } }));
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
