import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Field, Input, TextArea } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { useToast } from "@/design/Toast";
import { useKinds, useProviders } from "@/features/providers/queries";

import styles from "./Costs.module.css";
import { whoseOptions } from "./ExplainCard";
import { useAddReport, type Report } from "./queries";

interface ReportDialogProps {
  onClose: () => void;
  onAdded: (report: Report) => void;
}

const LARGEST_BYTES = 8_000_000;

/** Takes in a provider's export, from a file or as text. */
export function ReportDialog({ onClose, onAdded }: ReportDialogProps) {
  const project = useProject();
  const kinds = useKinds();
  const providers = useProviders(project.id);
  const add = useAddReport(project.id);
  const toast = useToast();
  const [whose, setWhose] = useState("kind:openai");
  const [name, setName] = useState("");
  const [content, setContent] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > LARGEST_BYTES) {
      setFault("The file has more than 8 MB: export a shorter range.");
      return;
    }
    setFault(null);
    setContent(await file.text());
    if (name === "") setName(file.name);
  };
  const submit = () => {
    if (content.trim() === "") {
      setFault("Choose a file, or paste its text.");
      return;
    }
    add.mutate(
      { name, whose, content },
      {
        onSuccess: (report) => {
          toast.done(`Added ${report.name}`, `${report.first_day} to ${report.last_day}`);
          onAdded(report);
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title="Add a provider’s report"
      description="What OpenAI’s usage or costs endpoint or Anthropic’s usage or cost report answers, as JSON; or a CSV with columns for day, model, tokens and cost."
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={add.isPending}>
            Add report
          </Button>
        </>
      }
    >
      <div className={styles.two}>
        <Field label="Whose report is it?">
          {(control) => <Select {...control} value={whose} onChange={setWhose} options={whoseOptions(kinds.data ?? [], providers.data ?? [])} />}
        </Field>
        <Field label="Name" optional>
          {(control) => <Input {...control} maxLength={200} placeholder="OpenAI, November" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </div>
      <Field label="File" optional>
        {(control) => <input {...control} type="file" accept=".json,.csv,application/json,text/csv" className={styles.file} onChange={(event) => void take(event.target.files?.[0])} />}
      </Field>
      <Field label="Text" error={fault}>
        {(control) => (
          <TextArea {...control} mono rows={6} spellCheck={false} placeholder={"date,model,input_tokens,output_tokens,cost\n2026-11-01,gpt-5,120000,8000,0.23"} value={content} onChange={(event) => setContent(event.target.value)} />
        )}
      </Field>
      {add.error ? <Notice tone="bad">{describeError(add.error)}</Notice> : null}
    </Dialog>
  );
}
