import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Confirm } from "@/design/Dialog";
import { Input } from "@/design/Field";
import { formatCount, formatShortTime } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Table } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Privacy.module.css";
import { useReplaceRetention, useRetentionPlan, useRunRetention, type Privacy, type Retention, type RetentionRun } from "./queries";
import { daysOf, KINDS } from "./words";

/** How long each kind of data is kept, when old data goes next, and what went. */
export function RetentionTab({ privacy }: { privacy: Privacy }) {
  const project = useProject();
  const admin = useRight("admin");
  const toast = useToast();
  const replace = useReplaceRetention(project.id);
  const plan = useRetentionPlan(project.id);
  const [isRunning, setRunning] = useState(false);
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(KINDS.map(({ kind }) => [kind, privacy.retention[kind] === null ? "" : String(privacy.retention[kind])])),
  );
  const days = Object.fromEntries(KINDS.map(({ kind }) => [kind, daysOf(typed[kind] ?? "")]));
  const isBad = Object.values(days).includes(undefined);
  const isChanged = KINDS.some(({ kind }) => days[kind] !== privacy.retention[kind]);
  const keepsAll = KINDS.every(({ kind }) => privacy.retention[kind] === null);
  const runs = new Map(plan.data?.runs.map((run) => [run.kind, run]));
  return (
    <Card
      title="How long data is kept"
      description={
        keepsAll || !plan.data
          ? "Everything is kept for good until you say otherwise."
          : `Old data goes every night; next on ${formatShortTime(new Date(plan.data.next_run_at))}. A day goes when all of it is too old.`
      }
      actions={
        <Button
          disabledReason={admin.reason ?? (keepsAll ? "Everything is kept for good." : isChanged ? "Save your changes first." : null)}
          onClick={() => setRunning(true)}
        >
          Remove old data now
        </Button>
      }
    >
      {plan.error ? <ErrorView error={plan.error} onRetry={() => void plan.refetch()} /> : null}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          replace.mutate(days as Retention, { onSuccess: () => toast.done("Saved", "What is too old goes in the coming night.") });
        }}
      >
        <Table
          label="Retention"
          rows={KINDS}
          rowKey={(row) => row.kind}
          columns={[
            {
              key: "kind",
              header: "Data",
              cell: (row) => (
                <span className={styles.name}>
                  <strong>{row.title}</strong>
                  <span className={styles.quiet}>{row.detail}</span>
                </span>
              ),
            },
            {
              key: "days",
              header: "Kept for",
              width: "170px",
              cell: (row) => (
                <Input
                  className={styles.narrow}
                  aria-label={`Days to keep: ${row.title}`}
                  aria-invalid={days[row.kind] === undefined ? true : undefined}
                  inputMode="numeric"
                  placeholder={row.kind === "side_spans" ? "3 days" : "for good"}
                  suffix={typed[row.kind] ? "days" : undefined}
                  disabled={!admin.allowed}
                  value={typed[row.kind] ?? ""}
                  onChange={(event) => setTyped({ ...typed, [row.kind]: event.target.value })}
                />
              ),
            },
            { key: "last", header: "Last removed", width: "260px", hideBelow: 900, cell: (row) => <LastRun run={runs.get(row.kind)} /> },
          ]}
        />
        {isBad ? <Notice tone="warn">A number of days is from 1 to 3650; an empty field keeps data for good.</Notice> : null}
        {replace.error ? <Notice tone="bad">{describeError(replace.error)}</Notice> : null}
        <div className={styles.save}>
          <Button
            type="submit"
            variant="primary"
            busy={replace.isPending}
            disabledReason={admin.reason ?? (isBad ? "One of the numbers of days cannot be used." : isChanged ? null : "Nothing was changed.")}
          >
            Save
          </Button>
        </div>
      </form>
      {isRunning ? <RunDialog onClose={() => setRunning(false)} /> : null}
    </Card>
  );
}

function LastRun({ run }: { run: RetentionRun | undefined }) {
  if (!run) return <span className={styles.quiet}>never</span>;
  if (run.error) return <Badge tone="bad">{run.error}</Badge>;
  return (
    <span className={styles.name}>
      <span>
        {formatCount(run.removed)}, up to {run.before_day}
      </span>
      <span className={styles.quiet}>
        {formatShortTime(new Date(run.ran_at))} · {formatCount(run.removed_in_all)} in all
      </span>
    </span>
  );
}

function RunDialog({ onClose }: { onClose: () => void }) {
  const project = useProject();
  const toast = useToast();
  const run = useRunRetention(project.id);
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title="Remove old data now?"
      description="What is older than the days you have saved goes at once, and cannot be brought back."
      action="Remove old data"
      busy={run.isPending}
      onConfirm={() =>
        run.mutate(undefined, {
          onSuccess: (plan) => {
            const removed = plan.runs.reduce((sum, each) => sum + each.removed, 0);
            toast.done(removed === 0 ? "There was nothing to remove" : `Removed ${formatCount(removed)} rows`);
            onClose();
          },
        })
      }
    >
      {run.error ? <Notice tone="bad">{describeError(run.error)}</Notice> : null}
    </Confirm>
  );
}
