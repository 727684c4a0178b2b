import type { ReactNode } from "react";

import styles from "./Card.module.css";
import { classes } from "./classes";

interface CardProps {
  title?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Without padding, for a table or a chart that goes to the edge. */
  flush?: boolean;
  /** Without a line under the title. */
  plain?: boolean;
  className?: string;
  children: ReactNode;
}

/** A bordered part of a page with a title of its own. */
export function Card({ title, description, actions, flush, plain, className, children }: CardProps) {
  return (
    <section className={classes(styles.card, className)}>
      {title || actions ? (
        <header className={classes(styles.header, plain && styles.plain)}>
          <div>
            <h2 className={styles.title}>{title}</h2>
            {description ? <p className={styles.description}>{description}</p> : null}
          </div>
          {actions ? <div className={styles.actions}>{actions}</div> : null}
        </header>
      ) : null}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}
