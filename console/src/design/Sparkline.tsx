import { useId } from "react";

import { sparkPaths } from "./spark";
import styles from "./Sparkline.module.css";

interface SparklineProps {
  values: readonly (number | null)[];
  color?: `--${string}`;
}

const [WIDTH, HEIGHT] = [120, 30];

/** The course of a number, without axes: an ornament beside the figure, hidden from screen readers. */
export function Sparkline({ values, color = "--series-1" }: SparklineProps) {
  const id = useId();
  const paths = sparkPaths(values, WIDTH, HEIGHT);
  return (
    <svg className={styles.spark} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      <defs>
        <linearGradient id={id} x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stopColor={`var(${color})`} stopOpacity=".22" />
          <stop offset="1" stopColor={`var(${color})`} stopOpacity="0" />
        </linearGradient>
      </defs>
      <path d={paths.area} fill={`url(#${id})`} />
      <path d={paths.line} fill="none" stroke={`var(${color})`} strokeWidth="1.5" vectorEffect="non-scaling-stroke" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}
