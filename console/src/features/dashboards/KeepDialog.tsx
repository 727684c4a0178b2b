import { useState } from "react";
import { useNavigate } from "react-router";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { carriedSearch, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { faultOfSlug, slugOf } from "@/features/settings/slug";
import { paths } from "@/paths";

import { useSaveDashboard } from "./queries";
import type { Panel } from "./types";

interface KeepDialogProps {
  title: string;
  action: string;
  /** What the new one begins with. */
  from?: { title: string; description: string; panels: Panel[] };
  onClose: () => void;
}

/** Asks under which title a new dashboard is kept, makes it, and opens it to be edited. */
export function KeepDialog({ title, action, from = { title: "", description: "", panels: [] }, onClose }: KeepDialogProps) {
  const project = useProject();
  const navigate = useNavigate();
  const [view] = useView();
  const save = useSaveDashboard();
  const [called, setCalled] = useState(from.title);
  const [named, setNamed] = useState<string | null>(null);
  const [description, setDescription] = useState(from.description);
  const [isTried, setTried] = useState(false);
  const name = named ?? slugOf(called);
  const fault = faultOfSlug(name, "A dashboard");
  const submit = () => {
    setTried(true);
    if (fault !== null || called.trim() === "" || save.isPending) return;
    save.mutate(
      { dashboard: { name, title: called.trim(), description: description.trim(), panels: from.panels }, revision: 0 },
      { onSuccess: () => void navigate(paths.dashboard(project.slug, name, { ...Object.fromEntries(new URLSearchParams(carriedSearch(view))), edit: "on" })) },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>
            {action}
          </Button>
        </>
      }
    >
      <Field label="Title" error={isTried && called.trim() === "" ? "A dashboard needs a title." : null}>
        {(control) => <Input {...control} autoFocus maxLength={100} placeholder="Checkout assistant" value={called} onChange={(event) => setCalled(event.target.value)} />}
      </Field>
      <Field label="Name" hint="Stands in its address, and in files." error={fault !== null && (isTried || named !== null) ? fault : null}>
        {(control) => <Input {...control} mono spellCheck={false} value={name} onChange={(event) => setNamed(event.target.value)} />}
      </Field>
      <Field label="Description" optional>
        {(control) => <Input {...control} maxLength={1000} placeholder="What it answers" value={description} onChange={(event) => setDescription(event.target.value)} />}
      </Field>
      {save.error ? <Notice tone="bad">{describeError(save.error)}</Notice> : null}
    </Dialog>
  );
}
