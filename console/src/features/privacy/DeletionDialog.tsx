import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { formatCount } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Table } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Privacy.module.css";
import { useDelete, usePreview, type Subject } from "./queries";

/** First shows what would go, then asks once more. */
export function DeletionDialog({ first, onClose }: { first: Subject; onClose: () => void }) {
  const project = useProject();
  const toast = useToast();
  const preview = usePreview(project.id);
  const remove = useDelete(project.id);
  const [subject, setSubject] = useState(first);
  const change = (part: Partial<Subject>) => {
    setSubject({ ...subject, ...part });
    preview.reset();
    remove.reset();
  };
  const submit = () => {
    if (!subject.value.trim()) return;
    if (!preview.data) {
      preview.mutate(subject);
      return;
    }
    remove.mutate(subject, {
      onSuccess: () => {
        toast.done("The deletion has begun", "It goes on although you leave this page.");
        onClose();
      },
    });
  };
  const reason = subject.value.trim() ? null : "Say whose data is to go.";
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Delete somebody’s data"
      description="Whole traces go in which the user or the session appears. This cannot be undone."
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {preview.data ? (
            <Button type="submit" variant="danger" busy={remove.isPending}>
              Delete for good
            </Button>
          ) : (
            <Button type="submit" variant="primary" busy={preview.isPending} disabledReason={reason}>
              Show what would go
            </Button>
          )}
        </>
      }
    >
      <div className={styles.form}>
        <div className={styles.two}>
          <Field label="By">
            {(control) => (
              <Select
                {...control}
                value={subject.kind}
                onChange={(kind) => change({ kind })}
                options={[
                  { value: "user", label: "User" },
                  { value: "session", label: "Session" },
                  { value: "trace", label: "Trace" },
                ]}
              />
            )}
          </Field>
          <Field label="Id">{(control) => <Input {...control} mono autoComplete="off" value={subject.value} onChange={(event) => change({ value: event.target.value })} />}</Field>
        </div>
        {preview.data ? (
          <Table
            label="What would go"
            rows={preview.data.counts}
            rowKey={(row) => row.name}
            empty="Nothing is stored of this subject; a proof that says so is made all the same."
            columns={[
              { key: "name", header: "Where", cell: (row) => row.name.replace("_", " ") },
              { key: "action", header: "What happens", cell: (row) => (row.action === "anonymised" ? "stays without a name" : "goes") },
              { key: "rows", header: "Rows", align: "end", width: "90px", cell: (row) => formatCount(row.before) },
            ]}
          />
        ) : null}
        {preview.error ? <Notice tone="bad">{describeError(preview.error)}</Notice> : null}
        {remove.error ? <Notice tone="bad">{describeError(remove.error)}</Notice> : null}
      </div>
    </Dialog>
  );
}
