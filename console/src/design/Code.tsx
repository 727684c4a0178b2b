import { Fragment, type ReactNode } from "react";

import { classes } from "./classes";
import styles from "./Code.module.css";
import { CopyButton } from "./CopyButton";
import { highlight, type Language } from "./highlight";

interface CodeProps {
  code: string;
  language?: Language;
  /** Shown on the bar above, with the button to copy. */
  title?: string;
  wrap?: boolean;
  maxHeight?: number;
  copyLabel?: string;
}

/** A block of code to read and to copy. */
export function Code({ code, language = "text", title, wrap = false, maxHeight, copyLabel = "Copy code" }: CodeProps) {
  return (
    <figure className={styles.block}>
      {title ? (
        <figcaption className={styles.bar}>
          <span>{title}</span>
          <CopyButton text={code} label={copyLabel} />
        </figcaption>
      ) : (
        <span className={styles.corner}>
          <CopyButton text={code} label={copyLabel} />
        </span>
      )}
      <pre className={classes(styles.code, wrap && styles.wrap)} style={{ maxHeight }} tabIndex={0}>
        <code>
          {highlight(code, language).map((token, index) =>
            token.kind === "plain" ? (
              <Fragment key={index}>{token.text}</Fragment>
            ) : (
              <span key={index} className={styles[token.kind]}>
                {token.text}
              </span>
            ),
          )}
        </code>
      </pre>
    </figure>
  );
}

/** A word of code inside a sentence. */
export function InlineCode({ children }: { children: ReactNode }) {
  return <code className={styles.inline}>{children}</code>;
}
