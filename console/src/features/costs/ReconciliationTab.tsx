import { FileUp, Scale, Trash2 } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Button, IconButton } from "@/design/Button";
import { Card } from "@/design/Card";
import { Confirm } from "@/design/Dialog";
import { EmptyState } from "@/design/EmptyState";
import { exactMoney, formatCount } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Costs.module.css";
import { useReconciliation, useRemoveReport, useReports, type Drift, type ReconciliationRow, type Report } from "./queries";
import { ReportDialog } from "./ReportDialog";

/** Providers' own reports beside the ledger, with the drift by day and model. */
export function ReconciliationTab() {
  const project = useProject();
  const admin = useRight("admin");
  const [view, setView] = useView();
  const reports = useReports(project.id);
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Report | null>(null);
  const chosen = reports.data?.find((each) => each.id === view.get("report")) ?? reports.data?.[0] ?? null;
  const add = (
    <Button icon={<FileUp />} disabledReason={admin.reason} onClick={() => setAdding(true)}>
      Add a report
    </Button>
  );
  return (
    <>
      {reports.error ? (
        <ErrorView error={reports.error} onRetry={() => void reports.refetch()} />
      ) : !reports.data ? (
        <SkeletonRows rows={3} />
      ) : chosen === null ? (
        <EmptyState icon={<Scale />} title="Compare the ledger with the provider’s bill" action={add}>
          <p>Add what your provider exports of usage or cost: JSON of OpenAI or Anthropic, or a CSV. Tokens and money are compared by day and model.</p>
        </EmptyState>
      ) : (
        <Card
          title="The provider’s report beside the ledger"
          description="Days are in UTC. The difference is what the ledger has more than the provider."
          flush
          actions={
            <>
              <Select
                aria-label="Report"
                value={chosen.id}
                onChange={(report) => setView({ report })}
                options={reports.data.map((each) => ({ value: each.id, label: each.name }))}
              />
              <IconButton label={`Remove ${chosen.name}`} disabledReason={admin.reason} onClick={() => setRemoving(chosen)}>
                <Trash2 />
              </IconButton>
              {add}
            </>
          }
        >
          <Comparison report={chosen.id} />
        </Card>
      )}
      {isAdding ? (
        <ReportDialog
          onClose={() => setAdding(false)}
          onAdded={(report) => {
            setAdding(false);
            setView({ report: report.id });
          }}
        />
      ) : null}
      {removing ? <RemoveDialog report={removing} onClose={() => setRemoving(null)} /> : null}
    </>
  );
}

function Comparison({ report }: { report: string }) {
  const project = useProject();
  const found = useReconciliation(project.id, report);
  if (found.error) return <ErrorView error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <SkeletonRows rows={4} />;
  const rows = [found.data.total, ...found.data.rows];
  return <Table label="Reconciliation" rows={rows} rowKey={(row) => `${row.day} ${row.model}`} columns={COLUMNS} />;
}

const COLUMNS: Column<ReconciliationRow>[] = [
  { key: "day", header: "Day", width: "120px", cell: (row) => (row.day === "" ? <strong className={styles.name}>All days</strong> : row.day) },
  { key: "model", header: "Model", cell: (row) => <ModelCell row={row} /> },
  ...drifts("input", "Input tokens", (row) => row.input_tokens, formatTokens, 1280),
  ...drifts("output", "Output tokens", (row) => row.output_tokens, formatTokens, 1280),
  ...drifts("cost", "Cost", (row) => row.cost_usd, exactMoney, 900),
];

function ModelCell({ row }: { row: ReconciliationRow }) {
  return (
    <span className={styles.model}>
      <strong>{row.model === "*" ? "all models" : row.model}</strong>
      {row.unpriced > 0 ? <span>{row.unpriced === 1 ? "1 attempt" : `${row.unpriced} attempts`} without a price</span> : null}
    </span>
  );
}

function formatTokens(count: string): string {
  return formatCount(Number(count));
}

function drifts(
  key: string,
  title: string,
  read: (row: ReconciliationRow) => Drift,
  format: (text: string) => string,
  hideBelow: 900 | 1280,
): Column<ReconciliationRow>[] {
  return [
    {
      key: `${key}-sides`,
      header: title,
      align: "end",
      width: "150px",
      hideBelow,
      cell: (row) => {
        const { theirs, ours } = read(row);
        return (
          <span className={styles.side}>
            <span>{theirs === null ? "–" : format(theirs)}</span>
            <span className={styles.quiet}>ledger {ours === null ? "unknown" : format(ours)}</span>
          </span>
        );
      },
    },
    {
      key: `${key}-drift`,
      header: "Drift",
      align: "end",
      width: "110px",
      ...(key === "cost" ? {} : { hideBelow }),
      cell: (row) => <DriftCell drift={read(row)} format={format} />,
    },
  ];
}

function DriftCell({ drift, format }: { drift: Drift; format: (text: string) => string }) {
  if (drift.difference === null) return <span className={styles.quiet}>–</span>;
  const isNone = Number(drift.difference) === 0;
  const signed = drift.difference.startsWith("-") ? `−${format(drift.difference.slice(1))}` : `+${format(drift.difference)}`;
  const percent = drift.percent === null ? "" : `${drift.percent.replace("-", "−")}%`;
  return (
    <span className={styles.side} data-drift={isNone ? "none" : "some"}>
      <span>{isNone ? "none" : signed}</span>
      {isNone ? null : <span className={styles.quiet}>{percent || "not in the report"}</span>}
    </span>
  );
}

function RemoveDialog({ report, onClose }: { report: Report; onClose: () => void }) {
  const project = useProject();
  const toast = useToast();
  const remove = useRemoveReport(project.id);
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Remove ${report.name}?`}
      description="The report is gone; the ledger is not touched."
      action="Remove report"
      busy={remove.isPending}
      onConfirm={() =>
        remove.mutate(report.id, {
          onSuccess: () => {
            toast.done(`Removed ${report.name}`);
            onClose();
          },
        })
      }
    >
      {remove.error ? <Notice tone="bad">{describeError(remove.error)}</Notice> : null}
    </Confirm>
  );
}
