import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Field, TextArea } from "@/design/Field";
import { Notice } from "@/design/Notice";

import { changesSince } from "./changes";
import { contentOf } from "./draft";
import { useSaveVersion, type Version } from "./queries";
import styles from "./SaveDialog.module.css";
import type { Workbench } from "./workbench";

interface SaveDialogProps {
  workbench: Workbench;
  newest: Version;
  onClose: () => void;
  onSaved: (version: Version, isNew: boolean) => void;
}

/** Asks why, and makes the draft a version. A version saved by somebody else meanwhile is never written over unseen. */
export function SaveDialog({ workbench, newest, onClose, onSaved }: SaveDialogProps) {
  const project = useProject();
  const { draft, base } = workbench;
  const save = useSaveVersion(project.id, base.prompt_id);
  const [message, setMessage] = useState("");
  const isOvertaken = newest.number > base.number;
  const changes = changesSince(base, contentOf(draft));

  const submit = () => {
    if (save.isPending) return;
    save.mutate(
      { ...contentOf(draft), message, base_version: isOvertaken ? newest.number : base.number },
      {
        onSuccess: (version) => {
          workbench.rebase(version, { keep: true });
          onSaved(version, version.number > newest.number);
          onClose();
        },
      },
    );
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Save version ${newest.number + 1}`}
      description="A version never changes once it is saved. Nothing is live until you release it."
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>
            {isOvertaken ? `Save on top of version ${newest.number}` : "Save version"}
          </Button>
        </>
      }
    >
      <ul className={styles.changes} aria-label="Changes">
        {changes.map((change) => (
          <li key={change.text} data-change={change.change}>
            {change.text}
          </li>
        ))}
      </ul>
      <Field label="Message" optional hint="What changed and why, for whoever compares versions later.">
        {(control) => (
          <TextArea
            {...control}
            autoFocus
            rows={2}
            placeholder="Shorter answers, and no promises about delivery dates"
            value={message}
            onChange={(event) => setMessage(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
            }}
          />
        )}
      </Field>
      {isOvertaken ? (
        <Notice tone="warn">
          {newest.author.name} saved version {newest.number} after you started from version {base.number}. Your text will replace theirs in the
          new version; compare the two afterwards.
        </Notice>
      ) : save.error ? (
        <Notice tone="bad">{describeError(save.error)}</Notice>
      ) : null}
    </Dialog>
  );
}
