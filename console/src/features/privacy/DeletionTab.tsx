import { Download, UserX } from "lucide-react";
import { useState } from "react";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { EmptyState } from "@/design/EmptyState";
import { formatCount, formatDateTime } from "@/design/format";
import { SkeletonRows } from "@/design/Skeleton";
import { Table } from "@/design/Table";

import { DeletionDialog } from "./DeletionDialog";
import styles from "./Privacy.module.css";
import { proofAddress, useDeletions, usePrivacy, type Count, type Deletion } from "./queries";
import { STATES } from "./words";

/** Requests to forget a user, a session or a trace: how far they are, and the proof when they are done. */
export function DeletionTab() {
  const project = useProject();
  const admin = useRight("admin");
  const [view, setView] = useView();
  const [isAsking, setAsking] = useState(view.has("subject"));
  if (!admin.allowed) {
    return (
      <EmptyState icon={<UserX />} title="Deletions are for admins">
        <p>{admin.reason}</p>
      </EmptyState>
    );
  }
  const ask = (
    <Button variant="primary" icon={<UserX />} onClick={() => setAsking(true)}>
      Delete somebody’s data
    </Button>
  );
  return (
    <>
      <Deletions ask={ask} />
      {isAsking ? (
        <DeletionDialog
          first={{ kind: view.get("kind") === "session" ? "session" : view.get("kind") === "trace" ? "trace" : "user", value: view.get("subject") ?? "" }}
          onClose={() => {
            setAsking(false);
            setView({ subject: null, kind: null });
          }}
        />
      ) : null}
      <p className={styles.quiet}>Project {project.name}: each proof is signed by this installation and names the proof before it. Check one with trimtab privacy verify.</p>
    </>
  );
}

function Deletions({ ask }: { ask: React.ReactNode }) {
  const project = useProject();
  const found = useDeletions(project.id);
  const late = usePrivacy(project.id).data?.counts.arrived_after_deletion ?? 0;
  if (found.error) return <ErrorView error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <SkeletonRows rows={3} />;
  if (found.data.length === 0) {
    return (
      <EmptyState icon={<UserX />} title="Nobody has asked to be forgotten" action={ask}>
        <p>Delete everything of a user, a session or a trace: spans, messages, scores, media and dead letters. What calls cost stays as a number without a name.</p>
      </EmptyState>
    );
  }
  return (
    <Card title="Requests" description={`Of the subject, only a keyed hash is kept. What arrives of it later is let go for 90 days: ${formatCount(late)} items since the server started.`} flush actions={ask}>
      <Table
        label="Deletions"
        rows={found.data}
        rowKey={(row) => row.id}
        columns={[
          {
            key: "subject",
            header: "Subject",
            width: "190px",
            cell: (row) => (
              <span className={styles.name}>
                <strong>{row.kind}</strong>
                <span className={styles.hash} title={row.subject_hash}>
                  {row.subject_hash.slice(0, 16)}…
                </span>
              </span>
            ),
          },
          { key: "state", header: "State", width: "260px", cell: (row) => <State deletion={row} /> },
          { key: "counts", header: "What there was", hideBelow: 1100, cell: (row) => <Counts counts={row.counts} /> },
          {
            key: "asked",
            header: "Asked for",
            width: "170px",
            hideBelow: 900,
            cell: (row) => (
              <span className={styles.name}>
                <span>{row.requested_by}</span>
                <span className={styles.quiet}>{formatDateTime(new Date(row.requested_at))}</span>
              </span>
            ),
          },
          {
            key: "proof",
            header: "Proof",
            width: "130px",
            cell: (row) =>
              row.state === "complete" ? (
                <a href={proofAddress(project.id, row.id)} download aria-label={`Download the proof of ${row.id}`} className={styles.mode}>
                  <Download aria-hidden size={14} /> Download
                </a>
              ) : (
                <span className={styles.quiet}>when complete</span>
              ),
          },
        ]}
      />
    </Card>
  );
}

function State({ deletion }: { deletion: Deletion }) {
  const { title, tone } = STATES[deletion.state];
  const said = deletion.completed_at ? formatDateTime(new Date(deletion.completed_at)) : deletion.waiting_for;
  return (
    <span className={styles.name}>
      <span>
        <Badge tone={tone}>{title}</Badge>
      </span>
      {said ? <span className={styles.quiet}>{said}</span> : null}
    </span>
  );
}

function Counts({ counts }: { counts: readonly Count[] }) {
  const there = counts.filter((count) => count.before > 0);
  if (there.length === 0) return <span className={styles.quiet}>nothing</span>;
  return (
    <ul className={styles.counts}>
      {there.map((count) => (
        <li key={count.name}>
          {formatCount(count.before)} {count.name.replace("_", " ")}
          {count.action === "anonymised" ? " rows, now without a name" : ""}
        </li>
      ))}
    </ul>
  );
}
