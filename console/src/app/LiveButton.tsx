import { Play, TriangleAlert } from "lucide-react";

import { describeError } from "@/api/error";
import { Button } from "@/design/Button";

import styles from "./LiveButton.module.css";

interface LiveButtonProps {
  on: boolean;
  /** On, but waiting for the reader; the words say for what. */
  held?: string | false;
  /** Why the last attempt to bring the page up to date failed; what is shown may be old. */
  error?: Error | null;
  onChange: (on: boolean) => void;
}

/** Says whether a page keeps itself up to date, and turns that on and off. */
export function LiveButton({ on, held = false, error = null, onChange }: LiveButtonProps) {
  if (error) {
    return (
      <span className={styles.failed} role="status" title={describeError(error)}>
        <TriangleAlert aria-hidden /> Not up to date
      </span>
    );
  }
  return (
    <Button
      variant="ghost"
      aria-pressed={on}
      title={on ? held || "Kept up to date; click to pause" : "Click to keep this up to date"}
      icon={on ? <span className={held ? styles.held : styles.pulse} aria-hidden /> : <Play />}
      onClick={() => onChange(!on)}
    >
      {on ? "Live" : "Paused"}
    </Button>
  );
}
