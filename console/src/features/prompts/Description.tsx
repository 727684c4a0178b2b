import { Pencil } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { Button } from "@/design/Button";
import { Field, Input } from "@/design/Field";

import styles from "./Description.module.css";
import { useDescribePrompt, type PromptDetail } from "./queries";

/** What the prompt is for, changed where it stands. */
export function Description({ prompt }: { prompt: PromptDetail }) {
  const write = useRight("write");
  const [isEdited, setEdited] = useState(false);
  if (isEdited) return <Editor prompt={prompt} onDone={() => setEdited(false)} />;
  return (
    <span className={styles.line}>
      {prompt.description || <span className={styles.none}>No description</span>}
      <Button variant="ghost" size="sm" icon={<Pencil />} disabledReason={write.reason} onClick={() => setEdited(true)}>
        {prompt.description ? "Edit description" : "Add a description"}
      </Button>
    </span>
  );
}

function Editor({ prompt, onDone }: { prompt: PromptDetail; onDone: () => void }) {
  const project = useProject();
  const describe = useDescribePrompt(project.id, prompt.id);
  const [text, setText] = useState(prompt.description);
  return (
    <form
      className={styles.line}
      onSubmit={(event) => {
        event.preventDefault();
        describe.mutate(text.trim(), { onSuccess: onDone });
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    >
      <Field label="Description" hideLabel className={styles.field} error={describe.error ? describeError(describe.error) : null}>
        {(control) => <Input {...control} autoFocus maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} />}
      </Field>
      <Button type="submit" variant="primary" size="sm" busy={describe.isPending}>
        Save
      </Button>
      <Button variant="ghost" size="sm" onClick={onDone}>
        Cancel
      </Button>
    </form>
  );
}
