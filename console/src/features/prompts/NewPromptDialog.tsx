import { MessagesSquare, Text } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Choice } from "@/design/Choice";
import { Dialog } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { paths } from "@/paths";

import { firstContent, type PromptKind } from "./draft";
import { faultOfName, NAME_RULES } from "./name";
import { useCreatePrompt } from "./queries";

const KINDS = [
  { value: "chat", title: "Chat", detail: "Messages with roles: system, user, assistant.", icon: <MessagesSquare /> },
  { value: "text", title: "Text", detail: "One template, sent as one user message.", icon: <Text /> },
] as const;

interface NewPromptDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

/** Asks for a name and a kind, and makes the first version. */
export function NewPromptDialog({ isOpen, onClose }: NewPromptDialogProps) {
  return isOpen ? <Form onClose={onClose} /> : null;
}

function Form({ onClose }: { onClose: () => void }) {
  const project = useProject();
  const navigate = useNavigate();
  const create = useCreatePrompt(project.id);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<PromptKind>("chat");
  const [description, setDescription] = useState("");
  const [isTried, setTried] = useState(false);
  const fault = faultOfName(name);

  const submit = () => {
    setTried(true);
    if (fault !== null || create.isPending) return;
    const { messages, variables } = firstContent(kind);
    create.mutate(
      { name, kind, description, version: { messages: [...messages], variables: [...variables], message: "First version" } },
      { onSuccess: (prompt) => void navigate(paths.prompt(project.slug, prompt.id)) },
    );
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New prompt"
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending}>
            Create prompt
          </Button>
        </>
      }
    >
      <Field label="Name" hint={NAME_RULES} error={fault !== null && (isTried || name !== "") ? fault : null}>
        {(control) => (
          <Input {...control} mono autoFocus spellCheck={false} autoComplete="off" placeholder="support/answer" value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <Choice label="Kind" value={kind} onChange={setKind} options={KINDS} columns={2} />
      <Field label="Description" optional>
        {(control) => (
          <Input {...control} placeholder="What it is for" value={description} onChange={(event) => setDescription(event.target.value)} />
        )}
      </Field>
      {create.error ? <Notice tone="bad">{describeError(create.error)}</Notice> : null}
    </Dialog>
  );
}
