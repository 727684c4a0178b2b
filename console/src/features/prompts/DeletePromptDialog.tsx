import { useState } from "react";
import { useNavigate } from "react-router";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Confirm } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { useToast } from "@/design/Toast";
import { paths } from "@/paths";

import { useDeletePrompt, type PromptDetail } from "./queries";

interface DeletePromptDialogProps {
  prompt: PromptDetail;
  isOpen: boolean;
  onClose: () => void;
}

/** Deletes a prompt after its name was typed. The server refuses while something depends on it. */
export function DeletePromptDialog({ prompt, isOpen, onClose }: DeletePromptDialogProps) {
  const project = useProject();
  const navigate = useNavigate();
  const toast = useToast();
  const remove = useDeletePrompt(project.id);
  const [typed, setTyped] = useState("");
  const [isTried, setTried] = useState(false);
  const submit = () => {
    setTried(true);
    if (typed !== prompt.name) return;
    remove.mutate(prompt.id, {
      onSuccess: () => {
        toast.done(`Deleted ${prompt.name}`);
        void navigate(paths.prompts(project.slug));
      },
    });
  };
  return (
    <Confirm
      open={isOpen}
      onOpenChange={onClose}
      title="Delete this prompt?"
      description={`All ${prompt.latest_version} versions of ${prompt.name} go with it. This cannot be undone.`}
      action="Delete prompt"
      busy={remove.isPending}
      onConfirm={submit}
    >
      <Field label="Type the name to confirm" error={isTried && typed !== prompt.name ? `Type ${prompt.name} exactly.` : null}>
        {(control) => (
          <Input {...control} mono autoFocus placeholder={prompt.name} value={typed} onChange={(event) => setTyped(event.target.value)} />
        )}
      </Field>
      {remove.error ? <Notice tone="bad">{describeError(remove.error)}</Notice> : null}
    </Confirm>
  );
}
