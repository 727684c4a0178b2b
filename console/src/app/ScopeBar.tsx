import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import { Select } from "@/design/Select";
import { TimeRange } from "@/design/TimeRange";

import { useScope } from "./scope";

/** The environments of the project in the address, in their order. */
export function useEnvironments() {
  const project = useProject();
  return useQuery({
    queryKey: keys.environments(project.id),
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/environments", { params: { path: { project_id: project.id } } })),
    staleTime: 5 * 60_000,
  });
}

const ALL = "*";

/** Picks the environment that the page looks at; it stays in the address. */
export function EnvironmentPicker() {
  const { environment, setEnvironment } = useScope();
  const { data } = useEnvironments();
  const names = data?.items.map((each) => each.name) ?? (environment ? [environment] : []);
  return (
    <Select
      aria-label="Environment"
      prefix={<Layers />}
      value={environment ?? ALL}
      onChange={(next) => setEnvironment(next === ALL ? null : next)}
      options={[{ value: ALL, label: "All environments" }, ...names.map((name) => ({ value: name, label: name }))]}
    />
  );
}

/** Picks the range of time that the page looks at; it stays in the address. */
export function RangePicker() {
  const { range, setRange } = useScope();
  return <TimeRange value={range} onChange={setRange} />;
}
