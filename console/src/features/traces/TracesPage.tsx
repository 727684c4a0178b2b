import { Activity, SearchX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { LiveButton } from "@/app/LiveButton";
import { LongerRange } from "@/app/LongerRange";
import { RangePicker } from "@/app/ScopeBar";
import { carriedSearch, useScope, useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { formatCount } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Page } from "@/design/Page";
import { rangeLabel, type Range } from "@/design/range";
import { SkeletonRows } from "@/design/Skeleton";
import { VirtualTable } from "@/design/VirtualTable";
import { paths } from "@/paths";

import { traceColumns } from "./columns";
import { FilterBar } from "./FilterBar";
import { isFiltered, NO_FILTER, queryChanges, readFilter } from "./filter";
import { FirstCall } from "./FirstCall";
import { Groups } from "./Groups";
import { useLiveTail, type Line } from "./live";
import { originOf, readReturn } from "./origin";
import { useFacets, useTraces, type TraceRow } from "./queries";
import { withValue } from "./query";
import { Timeline } from "./Timeline";
import styles from "./TracesPage.module.css";

const HELD: Record<Line, string | false> = {
  open: false,
  off: "Waits while you are further down the list",
  opening: "Connecting…",
  lost: "The line to the server was lost; it is taken up again by itself",
};

/** Every call, newest first, to be searched, filtered and watched as they come in. */
export function TracesPage() {
  const project = useProject();
  const navigate = useNavigate();
  const location = useLocation();
  const { range, setRange } = useScope();
  const [view, change] = useView();
  const filter = useMemo(() => readFilter(view), [view]);
  // The id of a row's span, since a caller's trace may hold several calls; at first that of the trace one comes back from.
  const [chosen, setChosen] = useState(() => readReturn(location.state));
  const [atTop, setAtTop] = useState(true);
  const wantsLive = view.get("live") !== "off" && range.kind === "last";
  const live = wantsLive && atTop;

  const tail = useLiveTail(range, filter, live);
  // Without a line to the server the list is asked for again and again, as one did before there was one.
  const traces = useTraces(range, filter, live && tail.line === "lost");
  const facets = useFacets(range, filter, live);
  const rows = useMemo(() => traces.data?.pages.flatMap((page) => page.items) ?? [], [traces.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = traces;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const here = location.pathname + location.search;
  const carried = carriedSearch(view);
  const pathOf = useCallback(
    (row: TraceRow) => paths.trace(project.slug, row.trace_id, { ...Object.fromEntries(new URLSearchParams(carried)), span: row.span_id }),
    [project.slug, carried],
  );
  const traceIds = useMemo(() => [...new Set(rows.map((row) => row.trace_id))], [rows]);
  const open = useCallback(
    (row: TraceRow) => {
      setChosen(row.span_id);
      void navigate(pathOf(row), { state: originOf(here, traceIds, row.trace_id) });
    },
    [navigate, pathOf, here, traceIds],
  );
  const slowest = useMemo(() => percentile(rows.map((row) => row.duration_ms), 0.95), [rows]);
  const scored = rows.some((row) => row.scores.length > 0);
  const said = rows.some((row) => row.tags.length > 0 || row.comment_count > 0 || row.is_corrected);
  const columns = useMemo(() => traceColumns({ pathOf, open, slowest, scored, said }), [pathOf, open, slowest, scored, said]);

  const active = chosen === null ? -1 : rows.findIndex((row) => row.span_id === chosen || row.trace_id === chosen);
  const choose = (index: number) => setChosen(rows[Math.max(0, Math.min(index, rows.length - 1))]?.span_id ?? null);
  useShortcuts({
    j: () => choose(active + 1),
    k: () => choose(active - 1),
    arrowdown: () => choose(active + 1),
    arrowup: () => choose(active - 1),
    enter: () => {
      const row = rows[active];
      if (row) open(row);
    },
    escape: () => setChosen(null),
    "/": () => document.getElementById("trace-search")?.focus(),
  });

  const group = view.get("group");
  return (
    <Page
      title="Traces"
      layout="fill"
      actions={
        <>
          {range.kind === "last" ? (
            <LiveButton
              on={wantsLive}
              held={HELD[tail.line]}
              error={traces.error}
              onChange={(on) => change({ live: on ? null : "off" })}
            />
          ) : null}
          <RangePicker />
        </>
      }
    >
      <FilterBar filter={filter} range={range} facets={facets.data?.facets ?? []} group={group} onChange={(changes) => change(changes)} />
      <LeftOut count={tail.leftOut} onLoad={() => void traces.refetch()} />
      <Timeline range={range} filter={filter} live={live} onRange={setRange} />
      {group ? (
        <Groups
          range={range}
          filter={filter}
          by={group}
          onChoose={(value) => change({ ...queryChanges(withValue(filter.query, group, value)), group: null }, { replace: false })}
        />
      ) : traces.error && !traces.data ? (
        <ErrorView error={traces.error} onRetry={() => void traces.refetch()} />
      ) : !traces.data ? (
        <SkeletonRows rows={16} />
      ) : rows.length === 0 ? (
        <NoTraces isFiltered={isFiltered(filter)} range={range} onRange={setRange} onClear={() => change(NO_FILTER)} />
      ) : (
        <VirtualTable
          label="Traces"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.span_id}
          active={active}
          onRowClick={open}
          rowTone={(row) => (row.status === "error" ? "bad" : undefined)}
          onEndReached={loadMore}
          onTopChange={setAtTop}
          footer={
            <p className={styles.footer} role="status">
              {isFetchingNextPage ? "Loading more…" : hasNextPage ? "" : `${formatCount(rows.length)} ${rows.length === 1 ? "call" : "calls"}, ${rangeLabel(range).toLowerCase()}`}
            </p>
          }
        />
      )}
    </Page>
  );
}

/** Says that more came in than can be read, and how to see it. */
function LeftOut({ count, onLoad }: { count: number; onLoad: () => void }) {
  if (count === 0) return null;
  return (
    <Notice tone="info">
      {formatCount(count)} calls came too fast to be shown one by one.{" "}
      <Button size="sm" variant="ghost" onClick={onLoad}>
        Load the list again
      </Button>
    </Notice>
  );
}

interface NoTracesProps {
  isFiltered: boolean;
  range: Range;
  onRange: (range: Range) => void;
  onClear: () => void;
}

function NoTraces({ isFiltered, range, onRange, onClear }: NoTracesProps) {
  const project = useProject();
  const longer = <LongerRange range={range} onChange={onRange} />;
  if (isFiltered) {
    return (
      <EmptyState
        icon={<SearchX />}
        title="No call matches"
        action={
          <>
            <Button onClick={onClear}>Clear the filters</Button>
            {longer}
          </>
        }
      >
        <p>Nothing in this range ({rangeLabel(range).toLowerCase()}) fits all the filters. Take one away, or look at a longer range.</p>
      </EmptyState>
    );
  }
  return (
    <div className={styles.empty}>
      <EmptyState icon={<Activity />} title="No calls in this range" action={longer}>
        <p>Point an OpenAI client at the gateway. Each call appears here within two seconds, with its messages, its timing and its cost.</p>
        <FirstCall project={project} />
      </EmptyState>
    </div>
  );
}

function percentile(values: number[], share: number): number {
  if (values.length === 0) return 1;
  const sorted = [...values].sort((one, other) => one - other);
  return Math.max(1, sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 1);
}
