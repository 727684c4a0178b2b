import type { ReactNode } from "react";

import styles from "./Badge.module.css";
import { classes } from "./classes";

export type Tone = "neutral" | "accent" | "ok" | "warn" | "bad" | "violet";

interface BadgeProps {
  tone?: Tone;
  /** A dot before the text, so that the tone is not told by colour alone where space is short. */
  dot?: boolean;
  mono?: boolean;
  icon?: ReactNode;
  title?: string;
  children: ReactNode;
}

/** A short word about a thing: its state, its kind, its version. */
export function Badge({ tone = "neutral", dot, mono, icon, title, children }: BadgeProps) {
  return (
    <span className={classes(styles.badge, styles[tone], mono && styles.mono)} title={title}>
      {dot ? <span className={styles.dot} aria-hidden /> : null}
      {icon}
      {children}
    </span>
  );
}
