/** Which sum of money stands where, and what it is made of. */

import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Answer } from "@/api/types";
import { bounds, rangeQuery, type Range } from "@/design/range";

const SUM = "/api/v1/projects/{project_id}/costs/sum";

export type CostSum = Answer<typeof SUM>;
export type SumLine = CostSum["lines"][number];

/** The second around the start of a trace: enough to find it, and all its calls with it. */
export function around(startedAt: string): Range {
  const at = new Date(startedAt).getTime();
  return { kind: "between", from: new Date(at - 1000), to: new Date(at + 1000) };
}

/** A sum as the API is asked for it. */
export interface Summed {
  range: Range;
  /** `calls` where calls are summed up, `traces` where whole traces are. */
  of: "calls" | "traces";
  filter?: string;
  environment?: string | null;
  /** The line of a table: fields, and the value of each. */
  by?: readonly string[];
  values?: readonly string[];
}

/** What a sum is made of. */
export function useCostSum(sum: Summed) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.costs(project.id), "sum", { ...sum, range: rangeQuery(sum.range) }],
    queryFn: () => {
      const { from, to } = bounds(sum.range, new Date());
      return unwrap(
        api.GET(SUM, {
          params: {
            path: { project_id: project.id },
            query: {
              from: from.toISOString(),
              to: to.toISOString(),
              of: sum.of,
              ...(sum.filter ? { filter: sum.filter } : {}),
              ...(sum.environment ? { environment: sum.environment } : {}),
              ...(sum.by ? { by: [...sum.by], key: [...(sum.values ?? [])] } : {}),
            },
          },
        }),
      );
    },
  });
}
