import { useId, type ReactNode } from "react";

import styles from "./Choice.module.css";

export interface ChoiceOption<Value extends string> {
  value: Value;
  title: string;
  detail?: string;
  icon?: ReactNode;
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly ChoiceOption<Value>[];
  /** Side by side; otherwise one under the other. */
  columns?: number;
}

/** One choice out of few, where each needs a sentence. Arrow keys move between them, as with all radio buttons. */
export function Choice<Value extends string>({ label, value, onChange, options, columns = 1 }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend className={styles.legend}>{label}</legend>
      <div className={styles.options} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {options.map((option) => (
          <label key={option.value} className={styles.option}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              aria-label={option.title}
              onChange={() => onChange(option.value)}
            />
            {option.icon ? <span className={styles.icon}>{option.icon}</span> : null}
            <span className={styles.text}>
              <span className={styles.title}>{option.title}</span>
              {option.detail ? <span className={styles.detail}>{option.detail}</span> : null}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
