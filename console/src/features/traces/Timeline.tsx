import { Chart, type ChartSeries } from "@/design/Chart";
import { formatCount } from "@/design/format";
import type { Range } from "@/design/range";
import { useMarkers, useOpenMarker } from "@/features/dashboards/markers";

import type { Filter } from "./filter";
import { useHistogram } from "./queries";
import styles from "./Timeline.module.css";

interface TimelineProps {
  range: Range;
  filter: Filter;
  live: boolean;
  onRange: (range: Range) => void;
}

/** When the traces that match were, failed ones in their own colour. Drag over a part to look at that time alone. */
export function Timeline({ range, filter, live, onRange }: TimelineProps) {
  const { data } = useHistogram(range, filter, live);
  const markers = useMarkers(range, filter.environment);
  const openMarker = useOpenMarker();
  if (!data) return <div className={styles.timeline} />;
  const times = data.steps.map((step) => Date.parse(step.at) / 1000);
  const total = data.steps.reduce((sum, step) => sum + step.traces, 0);
  const failed = data.steps.reduce((sum, step) => sum + step.errors, 0);
  const series: ChartSeries[] = [
    { label: "Traces", values: data.steps.map((step) => step.traces), color: "--series-1", kind: "bars" },
    { label: "Failed", values: data.steps.map((step) => step.errors), color: "--series-5", kind: "bars" },
  ];
  return (
    <div className={styles.timeline}>
      <Chart
        label={`${formatCount(total)} traces over time, ${formatCount(failed)} of them failed. Drag to narrow the range.`}
        times={times}
        series={series}
        format={formatCount}
        height={92}
        range={[data.from_s, data.to_s]}
        markers={markers}
        onMarker={openMarker}
        onZoom={(from, to) => onRange({ kind: "between", from: new Date(from * 1000), to: new Date(to * 1000) })}
      />
    </div>
  );
}
