import { Notice } from "@/design/Notice";

import { differences, type Content } from "./history";
import type { Release } from "./queries";
import styles from "./ReleaseDialog.module.css";

interface ConsequenceProps {
  environment: string;
  live: Release | null;
  next: Content;
}



/** What callers will notice, before it happens. */
export function Consequence({ environment, live, next }: ConsequenceProps) {
  if (!live) {
    return (
      <Notice>
        Nothing is live in <strong>{environment}</strong> yet. Calls there will get version {next.version} on {next.model} within a second.
      </Notice>
    );
  }
  const changes = differences(live, next);
  if (changes.length === 0) return <Notice tone="warn">This is exactly what is live in {environment} already.</Notice>;
  return (
    <div className={styles.changes}>
      <p>
        Changes for every call in <strong>{environment}</strong>, within a second:
      </p>
      <dl>
        {changes.map((change) => (
          <div key={change.field}>
            <dt>{change.field}</dt>
            <dd>
              <del>{change.before}</del> → <ins>{change.after}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
