import { classes } from "./classes";
import { formatShortTime } from "./format";
import styles from "./MarkerLayer.module.css";
import { flagsOf, type Flag, type Marker } from "./markers";
import { Tooltip } from "./Tooltip";

interface MarkerLayerProps {
  markers: readonly Marker[];
  /** The range that the chart beneath shows, in seconds. */
  range: readonly [number, number];
  onOpen?: ((marker: Marker) => void) | undefined;
}

const SHOWN = 6;

/** Vertical lines over a chart for what was changed then. A flag says what; pressed, it leads there. */
export function MarkerLayer({ markers, range, onOpen }: MarkerLayerProps) {
  const flags = flagsOf(markers, range);
  if (flags.length === 0) return null;
  return (
    <div className={styles.layer}>
      {flags.map((flag) => {
        const newest = flag.markers.at(-1) ?? flag.markers[0];
        return (
          <div key={flag.markers[0].id} className={classes(styles.marker, styles[newest.kind])} style={{ left: `${flag.place * 100}%` }}>
            <Tooltip content={<Words flag={flag} />} side="bottom">
              <button type="button" className={styles.flag} aria-label={labelOf(flag)} onClick={() => onOpen?.(newest)}>
                {flag.markers.length > 1 ? flag.markers.length : null}
              </button>
            </Tooltip>
          </div>
        );
      })}
    </div>
  );
}

function labelOf(flag: Flag): string {
  const [first] = flag.markers;
  return flag.markers.length === 1 ? first.title : `${flag.markers.length} changes: ${flag.markers.map((each) => each.title).join(", ")}`;
}

function Words({ flag }: { flag: Flag }) {
  return (
    <span className={styles.words}>
      {flag.markers.slice(-SHOWN).map((each) => (
        <span key={each.id} className={styles.line}>
          <span className={styles.title}>{each.title}</span>
          <span className={styles.detail}>{[formatShortTime(new Date(each.at_s * 1000)), each.detail].filter(Boolean).join(" · ")}</span>
        </span>
      ))}
      {flag.markers.length > SHOWN ? <span className={styles.detail}>and {flag.markers.length - SHOWN} more</span> : null}
    </span>
  );
}
