import type { ReactNode } from "react";

import { classes } from "./classes";
import styles from "./Page.module.css";

interface PageProps {
  title: ReactNode;
  /** A line above the title that leads back, made of links. */
  back?: ReactNode;
  /** What belongs beside the title: a badge, a state. */
  aside?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** `fill` gives the children the whole rest of the window to lay out and scroll themselves. */
  layout?: "flow" | "narrow" | "fill";
  children: ReactNode;
}

/** The frame of a page: a title bar that stays, and the content under it. */
export function Page({ title, back, aside, description, actions, layout = "flow", children }: PageProps) {
  return (
    <div className={classes(styles.page, layout === "fill" && styles.filling)}>
      {typeof title === "string" ? <title>{`${title} · Trimtab`}</title> : null}
      <header className={styles.header}>
        <div className={styles.titles}>
          {back ? <div className={styles.back}>{back}</div> : null}
          <h1 className={styles.title}>{title}</h1>
          {aside}
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </header>
      <div className={classes(styles.content, styles[layout])}>
        {description ? <div className={styles.description}>{description}</div> : null}
        {children}
      </div>
    </div>
  );
}
