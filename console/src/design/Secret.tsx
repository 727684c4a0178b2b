import { CopyButton } from "./CopyButton";
import { Field, Input } from "./Field";
import styles from "./Secret.module.css";

interface SecretProps {
  label: string;
  text: string;
}

/** A text that is shown this once: to read, to select as a whole, to copy. */
export function Secret({ label, text }: SecretProps) {
  return (
    <div className={styles.secret}>
      <Field label={label}>
        {(control) => <Input {...control} mono readOnly autoFocus spellCheck={false} value={text} onFocus={(event) => event.target.select()} />}
      </Field>
      <CopyButton text={text} label="Copy" withText size="md" />
    </div>
  );
}
