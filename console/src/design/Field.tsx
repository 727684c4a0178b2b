import { useId, type InputHTMLAttributes, type ReactElement, type ReactNode, type Ref, type TextareaHTMLAttributes } from "react";

import { classes } from "./classes";
import styles from "./Field.module.css";

/** What a control needs so that its label, hint and error are read out with it. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  /** Says in words that it may stay empty. */
  optional?: boolean;
  /** Keeps the label for screen readers and hides it from view. */
  hideLabel?: boolean;
  className?: string;
  children: (control: FieldControl) => ReactElement;
}

/** A label, one control, a hint and an error, tied together. */
export function Field({ label, hint, error, optional, hideLabel, className, children }: FieldProps) {
  const id = useId();
  const note = useId();
  return (
    <div className={classes(styles.field, className)}>
      <label htmlFor={id} className={hideLabel ? "visually-hidden" : styles.label}>
        {label}
        {optional ? <span className={styles.optional}>optional</span> : null}
      </label>
      {children({
        id,
        "aria-describedby": error || hint ? note : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {error ? (
        <p id={note} role="alert" className={styles.error}>
          {error}
        </p>
      ) : hint ? (
        <p id={note} className={styles.hint}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

interface InputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "prefix"> {
  prefix?: ReactNode;
  suffix?: ReactNode;
  mono?: boolean;
  ref?: Ref<HTMLInputElement>;
}

/** A line of text. Use it inside a `Field`, or give it an `aria-label`. */
export function Input({ prefix, suffix, mono, className, ...rest }: InputProps) {
  return (
    <span className={classes(styles.box, className)}>
      {prefix ? <span className={styles.affix}>{prefix}</span> : null}
      <input {...rest} className={classes(styles.input, mono && styles.mono)} />
      {suffix ? <span className={styles.affix}>{suffix}</span> : null}
    </span>
  );
}

interface TextAreaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  mono?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
}

/** Several lines of text, growing with what is written. */
export function TextArea({ mono, className, ...rest }: TextAreaProps) {
  return <textarea rows={3} {...rest} className={classes(styles.area, mono && styles.mono, className)} />;
}

interface CheckboxProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "type"> {
  label: ReactNode;
  hint?: ReactNode;
}

/** A box to tick, with its label beside it. */
export function Checkbox({ label, hint, className, ...rest }: CheckboxProps) {
  return (
    <label className={classes(styles.check, className)}>
      <input type="checkbox" {...rest} />
      <span>
        <span className={styles.checkLabel}>{label}</span>
        {hint ? <span className={styles.hint}>{hint}</span> : null}
      </span>
    </label>
  );
}
