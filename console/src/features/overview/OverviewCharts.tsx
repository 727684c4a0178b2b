import { useMemo } from "react";

import { useScope } from "@/app/scope";
import { Card } from "@/design/Card";
import { Chart, Legend, type ChartSeries } from "@/design/Chart";
import { formatCompact, formatDuration, formatMoney } from "@/design/format";
import { useMarkers, useOpenMarker } from "@/features/dashboards/markers";

import styles from "./OverviewCharts.module.css";
import type { Overview } from "./queries";

interface Panel {
  title: string;
  series: ChartSeries[];
  format: (value: number) => string;
}

function panels({ series }: Overview): Panel[] {
  return [
    {
      title: "Requests",
      format: formatCompact,
      series: [
        { label: "requests", color: "--series-1", kind: "bars", values: series.map((point) => point.requests) },
        { label: "errors", color: "--series-5", kind: "bars", values: series.map((point) => point.errors) },
      ],
    },
    {
      title: "Latency",
      format: formatDuration,
      series: [
        { label: "p50", color: "--series-1", kind: "area", values: series.map((point) => point.p50_ms) },
        { label: "p95", color: "--series-3", values: series.map((point) => point.p95_ms) },
      ],
    },
    {
      title: "Time to first token",
      format: formatDuration,
      series: [{ label: "p50", color: "--series-1", kind: "area", values: series.map((point) => point.ttft_p50_ms) }],
    },
    {
      title: "Tokens",
      format: formatCompact,
      series: [{ label: "tokens", color: "--series-1", kind: "bars", values: series.map((point) => point.tokens) }],
    },
    {
      title: "Spend",
      format: (value) => formatMoney(value.toFixed(9)),
      series: [
        {
          label: "spend",
          color: "--series-4",
          kind: "bars",
          values: series.map((point) => (point.cost_usd === null ? null : Number(point.cost_usd))),
        },
      ],
    },
  ];
}

/** The same numbers over time. The cursor is shared; dragging over a part makes it the range of the page. */
export function OverviewCharts({ overview }: { overview: Overview & { from: Date; to: Date } }) {
  const scope = useScope();
  const { setRange } = scope;
  const markers = useMarkers(scope.range, scope.environment);
  const openMarker = useOpenMarker();
  const times = useMemo(() => overview.series.map((point) => Date.parse(point.at) / 1000), [overview]);
  const all = useMemo(() => panels(overview), [overview]);
  const range = useMemo(() => [overview.from.getTime() / 1000, overview.to.getTime() / 1000] as const, [overview]);
  return (
    <div className={styles.charts}>
      {all.map((panel) => (
        <Card plain key={panel.title} title={panel.title} actions={panel.series.length > 1 ? <Legend series={panel.series} /> : null}>
          <div className={styles.chart}>
            <Chart
              label={`${panel.title} over time: ${panel.series.map((each) => each.label).join(", ")}`}
              times={times}
              series={panel.series}
              format={panel.format}
              range={range}
              sync="overview"
              markers={markers}
              onMarker={openMarker}
              onZoom={(from, to) => setRange({ kind: "between", from: new Date(from * 1000), to: new Date(to * 1000) })}
            />
          </div>
        </Card>
      ))}
    </div>
  );
}
