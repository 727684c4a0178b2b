/** New calls as the server tells of them: put at the head of the list that is shown, without asking for it again. */

import { useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import { rangeQuery, type Range } from "@/design/range";

import { filterText, type Filter } from "./filter";
import { arrived } from "./arrived";
import type { TraceRow } from "./queries";

export type Line = "off" | "opening" | "open" | "lost";

interface Page {
  items: TraceRow[];
  next: unknown;
}

interface Told {
  items: TraceRow[];
  left_out: number;
}

/** Watches while `on`. Says how the line is, and how many calls were left out because too many came at once. */
export function useLiveTail(range: Range, filter: Filter, on: boolean): { line: Line; leftOut: number } {
  const project = useProject();
  const client = useQueryClient();
  const [line, setLine] = useState<Line>("opening");
  const [leftOut, setLeftOut] = useState(0);
  const query = filterText(filter);
  const key = JSON.stringify([...keys.traces(project.id), rangeQuery(range), filter]);
  useEffect(() => {
    if (!on) return;
    setLine("opening");
    setLeftOut(0);
    // The browser takes a lost line up again by itself, and tells the server where it was.
    const source = new EventSource(`/api/v1/projects/${encodeURIComponent(project.id)}/trace-tail?${new URLSearchParams({ filter: query }).toString()}`);
    source.addEventListener("watching", () => setLine("open"));
    source.addEventListener("error", () => setLine("lost"));
    source.addEventListener("calls", (event: MessageEvent<string>) => {
      setLine("open");
      const told = JSON.parse(event.data) as Told;
      if (told.left_out > 0) setLeftOut((before) => before + told.left_out);
      if (told.items.length === 0) return;
      client.setQueryData<InfiniteData<Page>>(JSON.parse(key) as unknown[], (data) => {
        const [first, ...rest] = data?.pages ?? [];
        if (!data || !first) return data;
        return { ...data, pages: [{ ...first, items: arrived(first.items, told.items) }, ...rest] };
      });
    });
    return () => source.close();
  }, [client, key, on, project.id, query]);
  return { line: on ? line : "off", leftOut: on ? leftOut : 0 };
}
