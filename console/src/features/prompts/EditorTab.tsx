import { RotateCcw, Save } from "lucide-react";
import { useState } from "react";

import { useRight } from "@/api/session";
import { useShortcuts } from "@/app/shortcuts";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Notice } from "@/design/Notice";

import styles from "./EditorTab.module.css";
import { faultOf } from "./fault";
import { MessageList } from "./MessageList";
import { PreviewPanel, usePreview } from "./PreviewPanel";
import type { Version } from "./queries";
import { SaveDialog } from "./SaveDialog";
import { faultOfName } from "./variable";
import { VariablesPanel } from "./VariablesPanel";
import type { Workbench } from "./workbench";

interface EditorTabProps {
  workbench: Workbench;
  newest: Version;
  /** Asked to go back to the version that the draft started from. */
  onDiscard: () => void;
  onSaved: (version: Version, isNew: boolean) => void;
}

/** Where a prompt is written: messages on the left, variables and the live preview on the right. */
export function EditorTab({ workbench, newest, onDiscard, onSaved }: EditorTabProps) {
  const write = useRight("write");
  const preview = usePreview(workbench);
  const [isSaving, setSaving] = useState(false);
  const { draft, base, isDirty } = workbench;
  const fault = preview.error === null ? null : faultOf(preview.error, draft.messages.length);
  const refusal = write.reason ?? whyNotSaved(workbench, preview.error);
  useShortcuts({
    "ctrl+s": () => {
      if (refusal === null) setSaving(true);
    },
  });

  return (
    <div className={styles.tab}>
      <div className={styles.bar}>
        <span className={styles.state}>
          {isDirty ? <Badge tone="warn" dot>Unsaved changes</Badge> : <Badge tone="neutral">No changes</Badge>}
          <span>since version {base.number}</span>
        </span>
        <div className={styles.actions}>
          {isDirty ? (
            <Button variant="ghost" icon={<RotateCcw />} onClick={onDiscard}>
              Discard changes
            </Button>
          ) : null}
          <Button variant="primary" icon={<Save />} disabledReason={refusal} onClick={() => setSaving(true)}>
            Save version
          </Button>
        </div>
      </div>
      {write.reason === null ? null : <Notice>You can read this prompt and try values, but not change it. {write.reason}</Notice>}
      {workbench.isRestored ? <Notice>These are your unsaved changes from before this page was loaded again.</Notice> : null}
      {newest.number > base.number ? (
        <Notice
          tone="warn"
          action={
            <Button size="sm" onClick={() => workbench.rebase(newest, { keep: false })}>
              {isDirty ? "Discard mine and load it" : "Load it"}
            </Button>
          }
        >
          {newest.author.name} saved version {newest.number} after you opened version {base.number}.
        </Notice>
      ) : null}
      <div className={styles.columns}>
        <MessageList draft={draft} onMove={workbench.move} fault={fault} locked={write.reason} />
        <div className={styles.side}>
          <VariablesPanel draft={draft} onMove={workbench.move} locked={write.reason} />
          <PreviewPanel workbench={workbench} preview={preview} />
        </div>
      </div>
      {isSaving ? (
        <SaveDialog workbench={workbench} newest={newest} onClose={() => setSaving(false)} onSaved={onSaved} />
      ) : null}
    </div>
  );
}

function whyNotSaved({ draft, isDirty }: Workbench, error: string | null): string | null {
  if (!isDirty) return "Nothing has changed since the last version.";
  const wrong = draft.variables.find((variable) => faultOfName(variable.name, draft.variables) !== null);
  if (wrong) return `The variable “${wrong.name}” needs another name.`;
  return error === null ? null : "The template has an error. It is shown where it is.";
}
