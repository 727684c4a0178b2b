import { useState } from "react";
import { useNavigate } from "react-router";

import { describeError } from "@/api/error";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { paths } from "@/paths";

import { useCreateProject } from "./queries";
import { faultOfSlug, slugOf } from "./slug";

/** Makes a project, with the environments development, staging and production. */
export function NewProjectDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const create = useCreateProject();
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const [isTried, setTried] = useState(false);
  const slug = typed ?? slugOf(name);
  const nameFault = name.trim() === "" ? "Give the project a name." : null;
  const slugFault = faultOfSlug(slug);
  const submit = () => {
    setTried(true);
    if (nameFault !== null || slugFault !== null || create.isPending) return;
    create.mutate({ name: name.trim(), slug }, { onSuccess: (project) => void navigate(paths.setup(project.slug)) });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New project"
      description="It begins with the environments development, staging and production."
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending}>
            Create project
          </Button>
        </>
      }
    >
      <Field label="Name" error={isTried ? nameFault : null}>
        {(control) => <Input {...control} autoFocus placeholder="Support copilot" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Short name" hint="Stands in addresses. It cannot be changed later." error={isTried || typed !== null ? slugFault : null}>
        {(control) => <Input {...control} mono spellCheck={false} placeholder="support-copilot" value={slug} onChange={(event) => setTyped(event.target.value)} />}
      </Field>
      {create.error ? <Notice tone="bad">{describeError(create.error)}</Notice> : null}
    </Dialog>
  );
}
