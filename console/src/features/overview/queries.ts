/** The numbers of the overview, asked for by range. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Answer } from "@/api/types";
import { bounds, rangeQuery, type Range } from "@/design/range";

export type Overview = Answer<"/api/v1/projects/{project_id}/overview">;
export type Totals = Overview["totals"];
export type BreakdownRow = Overview["breakdown"][number];

export const CUTS = ["prompt", "model", "feature", "environment"] as const;
export type Cut = (typeof CUTS)[number];

export const REFRESH_MS = 10_000;

/** The overview of a range in one environment, or in all for null; a range that moves with the clock is asked for again while `live` is on. */
export function useOverview(range: Range, environment: string | null, by: Cut, live: boolean) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.overview(project.id), rangeQuery(range), environment, by],
    queryFn: async () => {
      const { from, to } = bounds(range, new Date());
      const answer = await unwrap(
        api.GET("/api/v1/projects/{project_id}/overview", {
          params: {
            path: { project_id: project.id },
            query: { from: from.toISOString(), to: to.toISOString(), by, ...(environment ? { environment } : {}) },
          },
        }),
      );
      return { ...answer, from, to };
    },
    placeholderData: keepPreviousData,
    refetchInterval: live && range.kind === "last" ? REFRESH_MS : false,
  });
}
