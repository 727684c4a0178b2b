import styles from "./Skeleton.module.css";

interface SkeletonProps {
  width?: number | string;
  height?: number | string;
  radius?: number;
}

/** A grey stand-in with the size of what is loading, so that nothing jumps when it comes. */
export function Skeleton({ width = "100%", height = 12, radius = 4 }: SkeletonProps) {
  return <span className={styles.skeleton} style={{ width, height, borderRadius: radius }} aria-hidden />;
}

/** Skeleton rows for a list that is loading. */
export function SkeletonRows({ rows = 8, height = 38 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={styles.row} style={{ height }}>
          <Skeleton width={`${24 + ((index * 37) % 31)}%`} />
          <Skeleton width={`${10 + ((index * 17) % 13)}%`} />
          <Skeleton width={60} />
        </div>
      ))}
    </div>
  );
}
