import type { ReactNode } from "react";

import styles from "./BarList.module.css";

export interface Bar {
  key: string;
  label: ReactNode;
  /** The full text of the label, for a title. */
  name: string;
  /** How long the bar is; null has none. */
  value: number | null;
  text: ReactNode;
  color: `--${string}`;
  onOpen?: (() => void) | undefined;
}

interface BarListProps {
  label: string;
  bars: readonly Bar[];
}

/** Values beside their names, as bars from the longest. A bar that leads somewhere is a button. */
export function BarList({ label, bars }: BarListProps) {
  const most = Math.max(0, ...bars.map((bar) => bar.value ?? 0));
  return (
    <ul className={styles.list} aria-label={label}>
      {bars.map((bar) => {
        const row = (
          <>
            <span className={styles.bar} style={{ width: most > 0 ? `${Math.max(0, ((bar.value ?? 0) / most) * 100)}%` : 0, background: `var(${bar.color})` }} />
            <span className={styles.name} title={bar.name}>
              {bar.label}
            </span>
            <span className={styles.value}>{bar.text}</span>
          </>
        );
        return (
          <li key={bar.key}>
            {bar.onOpen ? (
              <button type="button" className={styles.row} onClick={bar.onOpen}>
                {row}
              </button>
            ) : (
              <div className={styles.row}>{row}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
