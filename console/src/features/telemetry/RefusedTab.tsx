import { CircleCheck, RotateCcw } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Code } from "@/design/Code";
import { Dialog } from "@/design/Dialog";
import { EmptyState } from "@/design/EmptyState";
import { RelativeTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";

import { useLetters, useReplay, useReplayOne, type Letter } from "./queries";
import styles from "./Telemetry.module.css";

/** What was refused, kept whole, with its reason, and another try for all of it. */
export function RefusedTab() {
  const project = useProject();
  const admin = useRight("admin");
  const letters = useLetters(project.id);
  const replay = useReplay(project.id);
  const toast = useToast();
  const [shown, setShown] = useState<Letter | null>(null);
  const isNone = letters.data?.length === 0;
  const tryAgain = () =>
    replay.mutate(undefined, {
      onSuccess: ({ accepted, rejected }) =>
        toast.done("Tried what was refused again", `${accepted} taken, ${rejected} refused${rejected > 0 ? " again, and kept" : ""}.`),
    });
  return (
    <Card
      title="Refused"
      description="Each item that could not be taken, as it was sent. Its sender was told, and the rest of its batch was stored. Try them again when the cause is gone."
      actions={
        <Button size="sm" icon={<RotateCcw />} busy={replay.isPending} disabledReason={isNone ? "Nothing was refused." : admin.reason} onClick={tryAgain}>
          Try all again
        </Button>
      }
      flush
    >
      {replay.error ? <Notice tone="bad">{describeError(replay.error)}</Notice> : null}
      {letters.error ? (
        <ErrorView error={letters.error} onRetry={() => void letters.refetch()} />
      ) : !letters.data ? (
        <SkeletonRows rows={3} />
      ) : isNone ? (
        <EmptyState icon={<CircleCheck />} title="Nothing was refused">
          <p>A span with a broken id, an impossible time or damaged bytes would stand here, and not hold up the others.</p>
        </EmptyState>
      ) : (
        <Table label="Refused" rows={letters.data} rowKey={(row) => `${row.at} ${row.id}`} onRowClick={setShown} columns={columns(setShown)} />
      )}
      {shown ? <LetterDialog letter={shown} onClose={() => setShown(null)} /> : null}
    </Card>
  );
}

const SIGNALS = { traces: "span", logs: "log record", metrics: "metric" } as const;

function columns(onShow: (letter: Letter) => void): Column<Letter>[] {
  return [
    { key: "at", header: "When", width: "110px", cell: (row) => <RelativeTime at={row.at} /> },
    { key: "signal", header: "What", width: "110px", cell: (row) => <Badge>{SIGNALS[row.signal]}</Badge> },
    { key: "reason", header: "Why", cell: (row) => row.reason },
    { key: "service", header: "Service", width: "150px", hideBelow: 900, cell: (row) => row.service || <span className={styles.quiet}>unnamed</span> },
    {
      key: "actions",
      header: <span className="visually-hidden">Actions</span>,
      width: "90px",
      align: "end",
      cell: (row) => (
        <Button
          size="sm"
          variant="ghost"
          onClick={(event) => {
            event.stopPropagation();
            onShow(row);
          }}
        >
          Look
        </Button>
      ),
    },
  ];
}

const FORMS = { protobuf: "protobuf", json: "JSON", value: "either encoding, and read before it was refused" } as const;

function LetterDialog({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const project = useProject();
  const admin = useRight("admin");
  const replay = useReplayOne(project.id);
  const toast = useToast();
  const tryAgain = () =>
    replay.mutate(letter.id, {
      onSuccess: ({ accepted }) => {
        toast.done(accepted > 0 ? "Taken in" : "Refused again", accepted > 0 ? undefined : "It was kept again, with its reason.");
        onClose();
      },
    });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={760}
      title={`A refused ${SIGNALS[letter.signal]}`}
      description={letter.reason}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button variant="primary" icon={<RotateCcw />} busy={replay.isPending} disabledReason={admin.reason} onClick={tryAgain}>
            Try again
          </Button>
        </>
      }
    >
      {replay.error ? <Notice tone="bad">{describeError(replay.error)}</Notice> : null}
      <p className={styles.quiet}>Sent as {FORMS[letter.form]}{letter.service ? ` by ${letter.service}` : ""}.</p>
      <Code title="What was sent" language={letter.readable.startsWith("{") ? "json" : "text"} code={letter.readable} maxHeight={420} copyLabel="Copy what was sent" />
    </Dialog>
  );
}
