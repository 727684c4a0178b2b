import { classes } from "./classes";
import styles from "./Legend.module.css";
import type { ChartSeries } from "./plot";

interface LegendProps {
  series: readonly Pick<ChartSeries, "label" | "color">[];
  /** The labels of what is not drawn. */
  hidden?: ReadonlySet<string>;
  /** With it the names are buttons. `alone` asks for this one without the others. */
  onToggle?: (label: string, alone: boolean) => void;
}

/** The names of the series beside their colours. */
export function Legend({ series, hidden, onToggle }: LegendProps) {
  return (
    <ul className={styles.legend}>
      {series.map((each) => {
        const isHidden = hidden?.has(each.label) ?? false;
        const name = (
          <>
            <span className={styles.swatch} style={{ background: `var(${each.color})` }} />
            <span className={styles.name}>{each.label}</span>
          </>
        );
        return (
          <li key={each.label} className={styles.item}>
            {onToggle ? (
              <button
                type="button"
                className={classes(styles.toggle, isHidden && styles.hidden)}
                aria-pressed={!isHidden}
                title={`${each.label}: click to ${isHidden ? "show" : "hide"}, with Shift to see it alone`}
                onClick={(event) => onToggle(each.label, event.shiftKey)}
              >
                {name}
              </button>
            ) : (
              name
            )}
          </li>
        );
      })}
    </ul>
  );
}
