import { ChartNoAxesColumn } from "lucide-react";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { LiveButton } from "@/app/LiveButton";
import { LongerRange } from "@/app/LongerRange";
import { EnvironmentPicker, RangePicker } from "@/app/ScopeBar";
import { useScope, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { Page } from "@/design/Page";
import { FirstCall } from "@/features/traces/FirstCall";

import { Breakdown } from "./Breakdown";
import { OverviewCharts } from "./OverviewCharts";
import styles from "./OverviewPage.module.css";
import { CUTS, useOverview, type Cut } from "./queries";
import { Tiles, TilesSkeleton } from "./Tiles";
import { UnpricedNotice } from "./UnpricedNotice";

/** The state of a project over a range of time. */
export function OverviewPage() {
  const project = useProject();
  const { range, environment, setRange, setEnvironment } = useScope();
  const [view, change] = useView();
  const by: Cut = CUTS.find((cut) => cut === view.get("by")) ?? "prompt";
  const live = view.get("live") !== "off";
  const overview = useOverview(range, environment, by, live);
  const { data } = overview;
  const isQuiet = data?.totals.requests === 0 && data.previous.requests === 0;

  return (
    <Page
      title="Overview"
      actions={
        <>
          {range.kind === "last" ? (
            <LiveButton on={live} error={overview.error} onChange={(on) => change({ live: on ? null : "off" })} />
          ) : null}
          <EnvironmentPicker />
          <RangePicker />
        </>
      }
    >
      {overview.error && !data ? (
        <ErrorView error={overview.error} onRetry={() => void overview.refetch()} />
      ) : !data ? (
        <TilesSkeleton />
      ) : isQuiet ? (
        <EmptyState
          icon={<ChartNoAxesColumn />}
          title={environment === null ? "No calls in this range" : `No calls in ${environment} in this range`}
          action={
            <>
              {environment === null ? null : <Button onClick={() => setEnvironment(null)}>Show all environments</Button>}
              <LongerRange range={range} onChange={setRange} />
            </>
          }
        >
          <p>Send a call through the gateway, and its latency, tokens and cost are here within two seconds.</p>
          <FirstCall project={project} />
        </EmptyState>
      ) : (
        <div className={styles.stack} data-stale={overview.isPlaceholderData || undefined}>
          <UnpricedNotice project={project.slug} count={data.totals.unpriced_requests} of={data.totals.requests} />
          <Tiles overview={data} />
          <OverviewCharts overview={data} />
          <Breakdown rows={data.breakdown} by={by} onCut={(cut) => change({ by: cut === "prompt" ? null : cut })} />
        </div>
      )}
    </Page>
  );
}
