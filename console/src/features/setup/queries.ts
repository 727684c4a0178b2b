/** How far a project has come on its way to the first call. */

import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer } from "@/api/types";

const SETUP = "/api/v1/projects/{project_id}/setup";

export type Setup = Answer<typeof SETUP>;

/** With `live` it is asked for again every two seconds, for a page on which somebody waits. */
export function useSetup(project: string, live = false) {
  return useQuery({
    queryKey: keys.setup(project),
    queryFn: () => unwrap(api.GET(SETUP, { params: { path: { project_id: project } } })),
    refetchInterval: live ? 2_000 : false,
  });
}

const TRACES = "/api/v1/projects/{project_id}/traces";
const DAYS = 30;

/** The newest call of the last month, one's own before a sample; asked for again every two seconds until it is one's own. */
export function useFirstTrace(project: string) {
  return useQuery({
    queryKey: [...keys.traces(project), "first"],
    queryFn: async () => {
      const from = new Date(Date.now() - DAYS * 24 * 3600 * 1000).toISOString();
      const newest = (sample: boolean) =>
        unwrap(api.GET(TRACES, { params: { path: { project_id: project }, query: { from, sample, limit: 1 } } })).then((page) => page.items[0]);
      const found = (await newest(false)) ?? (await newest(true));
      return found ? { id: found.trace_id, at: found.started_at, isSample: found.is_sample } : null;
    },
    refetchInterval: (query) => (query.state.data?.isSample === false ? false : 2_000),
  });
}
