import { ErrorView } from "@/app/ErrorView";
import { formatCompact, formatCount, formatDuration, formatMoney, formatPercent } from "@/design/format";
import type { Range } from "@/design/range";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";

import { WhySum } from "@/features/costs/WhySum";

import { filterText, type Filter } from "./filter";
import styles from "./Groups.module.css";
import { useGroups, type Group } from "./queries";

interface GroupsProps {
  range: Range;
  filter: Filter;
  by: string;
  /** Called with the value whose traces are to be listed. */
  onChoose: (value: string) => void;
}

/** The traces that match, by the values of one field, the most frequent first. */
export function Groups({ range, filter, by, onChoose }: GroupsProps) {
  const groups = useGroups(range, filter, by);
  if (groups.error) return <ErrorView error={groups.error} onRetry={() => void groups.refetch()} />;
  if (!groups.data) return <SkeletonRows rows={10} />;
  const rows = groups.data.items;
  const most = Math.max(1, ...rows.map((row) => row.traces));
  const columns: Column<Group>[] = [
    {
      key: "key",
      header: by,
      cell: (row) => (
        <button type="button" className={styles.key} onClick={() => onChoose(row.key)}>
          {row.key === "" ? <span className={styles.none}>none</span> : row.key}
        </button>
      ),
    },
    {
      key: "traces",
      header: "Traces",
      width: "190px",
      cell: (row) => (
        <span className={styles.count}>
          <span className={styles.track}>
            <span style={{ width: `${(row.traces / most) * 100}%` }} />
          </span>
          {formatCount(row.traces)}
        </span>
      ),
    },
    { key: "calls", header: "Model calls", width: "110px", align: "end", hideBelow: 900, cell: (row) => formatCount(row.requests) },
    {
      key: "errors",
      header: "Errors",
      width: "120px",
      align: "end",
      cell: (row) => (row.errors ? <span className={styles.errors}>{formatPercent(row.error_rate)}</span> : <span className={styles.none}>0</span>),
    },
    { key: "p50", header: "p50", width: "96px", align: "end", hideBelow: 900, cell: (row) => formatDuration(row.p50_ms) },
    { key: "p95", header: "p95", width: "96px", align: "end", cell: (row) => formatDuration(row.p95_ms) },
    { key: "tokens", header: "Tokens", width: "110px", align: "end", hideBelow: 1100, cell: (row) => formatCompact(row.input_tokens + row.output_tokens) },
    {
      key: "cost",
      header: "Cost",
      width: "120px",
      align: "end",
      cell: (row) => (
        <span title={row.unpriced_requests ? `${formatCount(row.unpriced_requests)} calls have no known price` : undefined}>
          <WhySum title={`Cost of ${row.key || "none"}`} range={range} of="traces" filter={filterText(filter)} by={[by]} values={[row.key]}>
            {row.cost_usd === null ? <span className={styles.none}>unknown</span> : formatMoney(row.cost_usd)}
          </WhySum>
          {row.unpriced_requests && row.cost_usd !== null ? <span className={styles.none}> +?</span> : null}
        </span>
      ),
    },
  ];
  return (
    <div className={styles.groups}>
      <Table label={`Traces by ${by}`} columns={columns} rows={rows} rowKey={(row) => row.key} empty="No trace matches." onRowClick={(row) => onChoose(row.key)} />
    </div>
  );
}
