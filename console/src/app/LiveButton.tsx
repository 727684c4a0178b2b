import { Play } from "lucide-react";

import { Button } from "@/design/Button";

import styles from "./LiveButton.module.css";

interface LiveButtonProps {
  on: boolean;
  /** On, but waiting for the reader; the words say for what. */
  held?: string | false;
  onChange: (on: boolean) => void;
}

/** Says whether a page keeps itself up to date, and turns that on and off. */
export function LiveButton({ on, held = false, onChange }: LiveButtonProps) {
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
