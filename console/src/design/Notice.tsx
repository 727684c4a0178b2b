import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { classes } from "./classes";
import styles from "./Notice.module.css";

const ICONS = { info: Info, ok: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const;

interface NoticeProps {
  tone?: keyof typeof ICONS;
  /** A button or a link that answers it. */
  action?: ReactNode;
  children: ReactNode;
}

/** A sentence that stands in a page or a form: a fact to know, a warning, a failure. Failures are read out at once. */
export function Notice({ tone = "info", action, children }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div className={classes(styles.notice, styles[tone])} role={tone === "bad" ? "alert" : "note"}>
      <Icon aria-hidden />
      <div className={styles.text}>{children}</div>
      {action ? <div className={styles.action}>{action}</div> : null}
    </div>
  );
}
