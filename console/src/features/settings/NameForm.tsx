import { useState } from "react";

import { describeError } from "@/api/error";
import { Button } from "@/design/Button";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";

import styles from "./settings.module.css";

interface NameFormProps {
  label: string;
  name: string;
  hint: string;
  /** Why it cannot be changed, or null. */
  locked: string | null;
  isPending: boolean;
  error: unknown;
  onSave: (name: string) => void;
}

/** One name and the button that saves it. */
export function NameForm({ label, name, hint, locked, isPending, error, onSave }: NameFormProps) {
  const [text, setText] = useState(name);
  const wanted = text.trim();
  const refusal = locked ?? (wanted === "" ? "A name cannot be empty." : wanted === name ? "The name is as it was." : null);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (refusal === null) onSave(wanted);
      }}
    >
      <Field label={label} hint={hint}>
        {(control) => <Input {...control} value={text} disabled={locked !== null} onChange={(event) => setText(event.target.value)} />}
      </Field>
      <Button type="submit" busy={isPending} disabledReason={refusal}>
        Save
      </Button>
      {error ? <Notice tone="bad">{describeError(error)}</Notice> : null}
    </form>
  );
}
