import { Radio } from "lucide-react";
import { useMemo } from "react";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useScope, useView } from "@/app/scope";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Chart, Legend } from "@/design/Chart";
import { EmptyState } from "@/design/EmptyState";
import { Count, RelativeTime } from "@/design/Figures";
import { formatCount } from "@/design/format";
import { bounds, rangeLabel } from "@/design/range";
import { Skeleton, SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";

import { explain, paceText, seriesOf, titleOf } from "./outcome";
import { useOutcomes, useSenders, type Outcomes, type Reason, type Sender } from "./queries";
import styles from "./Telemetry.module.css";

/** Who sends, what became of it over time, and why something was not kept. */
export function ArrivalsTab() {
  const project = useProject();
  const { range } = useScope();
  const outcomes = useOutcomes(project.id, range);
  const senders = useSenders(project.id, range);
  return (
    <div className={styles.stack}>
      <Card title="What became of it" description={`Spans, log records and data points of metrics. ${rangeLabel(range)}.`}>
        {outcomes.error ? (
          <ErrorView error={outcomes.error} onRetry={() => void outcomes.refetch()} />
        ) : outcomes.data ? (
          <OutcomeChart found={outcomes.data} />
        ) : (
          <Skeleton height={180} />
        )}
      </Card>
      <Card title="Who sends" flush>
        {senders.error ? (
          <ErrorView error={senders.error} onRetry={() => void senders.refetch()} />
        ) : !senders.data ? (
          <SkeletonRows rows={3} />
        ) : senders.data.length === 0 ? (
          <NobodySends />
        ) : (
          <Table label="Who sends" rows={senders.data} rowKey={(row) => `${row.source} ${row.dialect} ${row.scope}`} columns={SENDER_COLUMNS} />
        )}
      </Card>
      {outcomes.data && outcomes.data.reasons.length > 0 ? (
        <Card title="Reasons" description="Every item that came is in one of these lines, by the minute." flush>
          <Table label="Reasons" rows={outcomes.data.reasons} rowKey={(row) => `${row.outcome} ${row.reason}`} columns={REASON_COLUMNS} />
        </Card>
      ) : null}
    </div>
  );
}

function OutcomeChart({ found }: { found: Outcomes }) {
  const { range } = useScope();
  const { times, series } = useMemo(() => seriesOf(found), [found]);
  const { from, to } = bounds(range, new Date());
  return (
    <>
      <Legend series={series} />
      <Chart
        label="What became of telemetry over time"
        times={times}
        series={series}
        format={formatCount}
        height={180}
        range={[from.getTime() / 1000, to.getTime() / 1000]}
      />
    </>
  );
}

function NobodySends() {
  const [, setView] = useView();
  return (
    <EmptyState
      icon={<Radio />}
      title="Nothing came in this time"
      action={
        <Button variant="primary" onClick={() => setView({ tab: "connect" })}>
          Connect an application
        </Button>
      }
    >
      <p>Applications that send OpenTelemetry, OpenInference, Langfuse or Vercel AI telemetry need one or two variables of their environment.</p>
    </EmptyState>
  );
}

const SENDER_COLUMNS: Column<Sender>[] = [
  {
    key: "library",
    header: "Library",
    cell: (row) => (
      <span className={styles.twoLines}>
        <strong>{row.source === "gateway" ? "Trimtab's gateway" : row.scope || "no library named"}</strong>
        <span>{[row.version, ...row.services].filter(Boolean).join(" · ")}</span>
      </span>
    ),
  },
  {
    key: "dialect",
    header: "Vocabulary",
    width: "130px",
    cell: (row) => (row.dialect ? <Badge mono>{row.dialect}</Badge> : row.source === "gateway" ? <Badge mono>gen_ai</Badge> : <span className={styles.quiet}>above a call</span>),
  },
  { key: "spans", header: "Spans", width: "90px", align: "end", cell: (row) => <Count value={row.spans} /> },
  { key: "rate", header: "Spans/s", width: "90px", align: "end", hideBelow: 900, cell: (row) => paceText(row.spans_per_s) },
  { key: "calls", header: "Calls", width: "80px", align: "end", cell: (row) => <Count value={row.calls} /> },
  {
    key: "duplicates",
    header: "Counted elsewhere",
    width: "140px",
    align: "end",
    hideBelow: 1100,
    cell: (row) => <Count value={row.duplicates} />,
  },
  { key: "last", header: "Last", width: "110px", cell: (row) => <RelativeTime at={row.last_at} /> },
];

const REASON_COLUMNS: Column<Reason>[] = [
  { key: "outcome", header: "Outcome", width: "160px", cell: (row) => <Badge tone={titleOf(row.outcome).tone}>{titleOf(row.outcome).title}</Badge> },
  { key: "reason", header: "Why", cell: (row) => explain(row) },
  { key: "items", header: "Items", width: "110px", align: "end", cell: (row) => <Count value={row.items} /> },
  { key: "last", header: "Last", width: "110px", cell: (row) => <RelativeTime at={row.last_at} /> },
];
