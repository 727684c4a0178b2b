import { ArrowDownRight, ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";

import { classes } from "./classes";
import { formatChange } from "./format";
import { Sparkline } from "./Sparkline";
import styles from "./Stat.module.css";
import { Tooltip } from "./Tooltip";

interface StatProps {
  /** Left out when the place above says it already. */
  label?: string;
  value: ReactNode;
  /** All digits, for a title. */
  exact?: string;
  /** The change since before, as a share; null when there was nothing. */
  change: number | null;
  /** Whether more is better, worse, or neither. */
  better: "more" | "less" | "neither";
  /** The course of the value, drawn under it. */
  values?: readonly (number | null)[] | undefined;
  onOpen?: (() => void) | undefined;
}

/** Below this a change is not worth showing, and up to the other it is neither good nor bad. */
const SAME = 0.005;
const NOISE = 0.05;

/** One number, how it has changed, and its course. */
export function Stat({ label, value, exact, change, better, values, onOpen }: StatProps) {
  return (
    <div className={styles.stat}>
      {label ? <p className={styles.label}>{label}</p> : null}
      <p className={styles.line}>
        {onOpen ? (
          <button type="button" className={classes(styles.value, styles.opens)} title={exact} onClick={onOpen}>
            {value}
          </button>
        ) : (
          <span className={styles.value} title={exact}>
            {value}
          </span>
        )}
        <Change change={change} better={better} />
      </p>
      {values && values.length > 1 ? (
        <div className={styles.spark}>
          <Sparkline values={values} />
        </div>
      ) : null}
    </div>
  );
}

/** An arrow with how much something has changed, good or bad by what is better. */
export function Change({ change, better }: Pick<StatProps, "change" | "better">) {
  if (change === null || Math.abs(change) < SAME) return null;
  const isGood = better === "neither" || Math.abs(change) < NOISE ? null : change > 0 === (better === "more");
  const Arrow = change > 0 ? ArrowUpRight : ArrowDownRight;
  return (
    <Tooltip content="compared with the range of equal length before">
      <span tabIndex={0} className={classes(styles.change, isGood === true && styles.good, isGood === false && styles.worse)}>
        <Arrow aria-hidden />
        <span className="visually-hidden">{change > 0 ? "up" : "down"}</span>
        {formatChange(change)}
      </span>
    </Tooltip>
  );
}
