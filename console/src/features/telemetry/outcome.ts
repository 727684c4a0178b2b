/** What may become of an item of telemetry, in words and colours. Pure. */

import type { ChartSeries } from "@/design/Chart";

import type { Outcomes, Reason } from "./queries";

type Outcome = Reason["outcome"];

export const OUTCOMES: readonly { id: Outcome; title: string; color: `--${string}`; tone: "ok" | "neutral" | "warn" | "bad" | "accent" }[] = [
  { id: "stored", title: "Stored", color: "--series-1", tone: "ok" },
  { id: "aside", title: "Put aside", color: "--series-3", tone: "neutral" },
  { id: "dropped", title: "Dropped", color: "--series-2", tone: "warn" },
  { id: "refused", title: "Refused", color: "--series-5", tone: "bad" },
];

/** A report of a call that counts elsewhere is stored as well: it is told among the reasons, and not drawn twice. */
export const DUPLICATE = { title: "Counted elsewhere", tone: "accent" } as const;

export const titleOf = (outcome: Outcome) => OUTCOMES.find((each) => each.id === outcome) ?? DUPLICATE;

/** What a reason means to somebody who did not write it. */
export function explain({ outcome, reason }: Pick<Reason, "outcome" | "reason">): string {
  if (outcome === "deduplicated") return `${reason || "an unnamed library"} reported a call that another span accounts for`;
  if (outcome === "stored") return reason === "unrelated" ? "lies above a model call, or the policy keeps everything" : `in the vocabulary ${reason}`;
  if (reason === "unrelated") return "has nothing to do with a model call";
  return reason;
}

/** The steps as series to be drawn. */
export function seriesOf(found: Outcomes): { times: number[]; series: ChartSeries[] } {
  return {
    times: found.steps.map((step) => new Date(step.at).getTime() / 1000),
    series: OUTCOMES.map(({ id, title, color }) => ({ label: title, color, kind: "stacked-bars", values: found.steps.map((step) => step[id]) })),
  };
}

/** How many come in each second. What is little is not shown as nothing. */
export function paceText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.01) return "< 0.01";
  return perSecond.toFixed(perSecond < 10 ? 2 : 0);
}
