import { Link } from "react-router";

import { useProject } from "@/api/session";
import { useScope, useView, carriedSearch } from "@/app/scope";
import { Card } from "@/design/Card";
import { Count, Duration, Money, Tokens } from "@/design/Figures";
import { formatPercent } from "@/design/format";
import { Table, type Column } from "@/design/Table";
import { Tabs } from "@/design/Tabs";
import { WhySum } from "@/features/costs/WhySum";
import { paths } from "@/paths";

import styles from "./Breakdown.module.css";
import { CUTS, type BreakdownRow, type Cut } from "./queries";
import { Unpriced } from "./Tiles";

const TITLES: Record<Cut, string> = { prompt: "Prompt", model: "Model", feature: "Feature", environment: "Environment" };

interface BreakdownProps {
  rows: readonly BreakdownRow[];
  by: Cut;
  onCut: (cut: Cut) => void;
}

/** The numbers of the range, cut by one thing. Each row leads to its traces. */
export function Breakdown({ rows, by, onCut }: BreakdownProps) {
  const project = useProject();
  const [view] = useView();
  const { range, environment } = useScope();
  const carried = Object.fromEntries(new URLSearchParams(carriedSearch(view)));
  const most = Math.max(1, ...rows.map((row) => row.requests));
  const columns: Column<BreakdownRow>[] = [
    {
      key: "key",
      header: TITLES[by],
      cell: (row) =>
        row.key === "" ? (
          <span className={styles.none}>without a {by}</span>
        ) : (
          <Link className={styles.key} to={paths.traces(project.slug, { ...carried, [by]: row.key })}>
            {row.key}
          </Link>
        ),
    },
    {
      key: "requests",
      header: "Requests",
      align: "end",
      width: "170px",
      cell: (row) => (
        <span className={styles.share}>
          <span className={styles.bar} style={{ width: `${(row.requests / most) * 100}%` }} />
          <Count value={row.requests} />
        </span>
      ),
    },
    {
      key: "errors",
      header: "Error rate",
      align: "end",
      width: "100px",
      cell: (row) => {
        const rate = row.requests === 0 ? 0 : row.errors / row.requests;
        return <span className={rate >= 0.05 ? styles.bad : undefined}>{formatPercent(rate)}</span>;
      },
    },
    { key: "p50", header: "p50", align: "end", width: "90px", cell: (row) => <Duration ms={row.p50_ms} /> },
    { key: "p95", header: "p95", align: "end", width: "90px", hideBelow: 900, cell: (row) => <Duration ms={row.p95_ms} /> },
    { key: "ttft", header: "First token", align: "end", width: "100px", hideBelow: 1280, cell: (row) => <Duration ms={row.ttft_p50_ms} /> },
    { key: "input", header: "Tokens in", align: "end", width: "100px", hideBelow: 1100, cell: (row) => <Tokens compact count={row.input_tokens} /> },
    { key: "output", header: "Tokens out", align: "end", width: "100px", hideBelow: 1100, cell: (row) => <Tokens compact count={row.output_tokens} /> },
    {
      key: "cost",
      header: "Spend",
      align: "end",
      width: "190px",
      cell: (row) => (
        <span className={styles.cost}>
          {row.unpriced_requests > 0 && row.cost_usd !== null ? <Unpriced count={row.unpriced_requests} /> : null}
          <WhySum title={`Spend of ${row.key || `calls without a ${by}`}`} range={range} environment={environment} of="calls" by={[by]} values={[row.key]}>
            <Money usd={row.cost_usd} />
          </WhySum>
        </span>
      ),
    },
  ];
  return (
    <Card
      flush
      title="Breakdown"
      actions={
        <Tabs variant="pill" label="Cut by" value={by} onChange={onCut} tabs={CUTS.map((cut) => ({ value: cut, label: TITLES[cut] }))} />
      }
    >
      <Table label={`Numbers by ${by}`} columns={columns} rows={rows} rowKey={(row) => row.key} empty={`No calls in this range, so there is no ${by} to show.`} />
    </Card>
  );
}
