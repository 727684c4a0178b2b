import { Skeleton, SkeletonRows } from "@/design/Skeleton";

import styles from "./PageSkeleton.module.css";

/** The outline of a page whose code is on its way. */
export function PageSkeleton() {
  return (
    <div role="status" aria-label="Loading page">
      <div className={styles.header}>
        <Skeleton width={140} height={16} />
      </div>
      <SkeletonRows rows={10} />
    </div>
  );
}
