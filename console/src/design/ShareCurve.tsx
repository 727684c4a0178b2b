import { formatPercent } from "./format";
import styles from "./ShareCurve.module.css";

interface ShareCurveProps {
  /** What the curve shows, for those who cannot see it. */
  label: string;
  /** From the greatest on, each with the share that all down to it make up together. */
  shares: readonly { name: string; share: number }[];
  /** How many there are in all, of which these are the greatest. */
  of: number;
}

const LINES = [0, 0.5, 1];

/** How much the greatest few make up together: a curve that shoots up is a whole that hangs on few. */
export function ShareCurve({ label, shares, of }: ShareCurveProps) {
  const end = Math.max(1, shares.length);
  const points = shares.map((each, index) => ({ ...each, x: ((index + 1) / end) * 100, y: 100 - each.share * 100 }));
  const line = `M0 100${points.map(({ x, y }) => `L${x.toFixed(2)} ${y.toFixed(2)}`).join("")}`;
  return (
    <figure className={styles.figure} role="img" aria-label={`${label}: ${points.map((each, index) => `${index + 1}: ${formatPercent(each.share)}`).join(", ")}`}>
      <div className={styles.sides} aria-hidden>
        {LINES.map((share) => (
          <span key={share} style={{ bottom: `${share * 100}%` }}>
            {formatPercent(share)}
          </span>
        ))}
      </div>
      <div className={styles.plot} aria-hidden>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          {LINES.map((share) => (
            <path key={share} className={styles.grid} d={`M0 ${share * 100}H100`} vectorEffect="non-scaling-stroke" />
          ))}
          <path className={styles.even} d={`M0 100L100 ${100 - Math.min(1, end / Math.max(1, of)) * 100}`} vectorEffect="non-scaling-stroke" />
          <path className={styles.area} d={`${line}V100Z`} />
          <path className={styles.line} d={line} vectorEffect="non-scaling-stroke" />
        </svg>
        {points.map((each, index) => (
          <span key={each.name} className={styles.point} style={{ left: `${each.x}%`, top: `${each.y}%` }} title={`${each.name}: the first ${index + 1} make up ${formatPercent(each.share)}`} />
        ))}
      </div>
      <figcaption className={styles.caption} aria-hidden>
        <span>1</span>
        <span>the dearest {end}</span>
      </figcaption>
    </figure>
  );
}
