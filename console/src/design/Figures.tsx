import { useSyncExternalStore } from "react";

import styles from "./Figures.module.css";
import { exactMoney, formatCompact, formatCount, formatDateTime, formatDuration, formatMoney, formatRelative } from "./format";
import { Tooltip } from "./Tooltip";

const NONE = <span className={styles.none}>–</span>;

interface MoneyProps {
  usd: string | null | undefined;
  exact?: boolean;
  /** Whether anything is to be paid at all; what is not billed needs no price. */
  isBilled?: boolean;
}

/** An amount of money. Unknown is said in words, never shown as zero. */
export function Money({ usd, exact = false, isBilled = true }: MoneyProps) {
  if (usd === null || usd === undefined) {
    if (!isBilled) return NONE;
    return (
      <Tooltip content="No price is known for this model, so the cost is unknown. It is not zero.">
        <span className={styles.unknown} tabIndex={0}>
          unpriced
        </span>
      </Tooltip>
    );
  }
  return (
    <span className={styles.figure} title={exactMoney(usd)}>
      {exact ? exactMoney(usd) : formatMoney(usd)}
    </span>
  );
}

/** A length of time, given in milliseconds. */
export function Duration({ ms }: { ms: number | null | undefined }) {
  if (ms === null || ms === undefined) return NONE;
  return <span className={styles.figure}>{formatDuration(ms)}</span>;
}

/** A count of tokens; the full number is in the title when it was shortened. */
export function Tokens({ count, compact = false }: { count: number | null | undefined; compact?: boolean }) {
  if (count === null || count === undefined) return NONE;
  return (
    <span className={styles.figure} title={`${formatCount(count)} tokens`}>
      {compact ? formatCompact(count) : formatCount(count)}
    </span>
  );
}

/** A plain count. */
export function Count({ value }: { value: number }) {
  return <span className={styles.figure}>{formatCount(value)}</span>;
}

const TICK_MS = 5_000;
let now = new Date();
const readers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all the relative times on a page. */
function subscribe(reader: () => void): () => void {
  readers.add(reader);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of readers) each();
  }, TICK_MS);
  return () => {
    readers.delete(reader);
    if (readers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** How long ago something was, kept up to date, with the exact moment in its title. */
export function RelativeTime({ at }: { at: string | null | undefined }) {
  const clock = useSyncExternalStore(subscribe, () => now);
  if (!at) return NONE;
  const moment = new Date(at);
  const reference = moment > clock ? new Date(Math.min(moment.getTime(), Date.now())) : clock;
  return (
    <time className={styles.figure} dateTime={at} title={formatDateTime(moment)}>
      {formatRelative(moment, reference)}
    </time>
  );
}

/** A moment in full. */
export function DateTime({ at }: { at: string | null | undefined }) {
  if (!at) return NONE;
  return (
    <time className={styles.figure} dateTime={at}>
      {formatDateTime(new Date(at))}
    </time>
  );
}
