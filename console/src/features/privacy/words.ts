/** How the choices of privacy are called, and how what is typed becomes one. Pure. */

import type { Deletion, Redaction, Retention } from "./queries";

export const PLACES: readonly { value: Redaction["places"][number]; title: string }[] = [
  { value: "inputs", title: "Inputs" },
  { value: "outputs", title: "Outputs" },
  { value: "tool_arguments", title: "Arguments of tools" },
  { value: "metadata", title: "Metadata" },
  { value: "attributes", title: "Other attributes" },
  { value: "user_ids", title: "User ids" },
];

export const KINDS: readonly { kind: keyof Retention; title: string; detail: string }[] = [
  { kind: "content", title: "Messages", detail: "Inputs, outputs, arguments and log records. Tokens, cost and the span stay." },
  { kind: "spans", title: "Spans", detail: "The calls themselves, with all that is known of them." },
  { kind: "side_spans", title: "Spans put aside", detail: "What has nothing to do with a model call; three days at most." },
  { kind: "logs", title: "Log records", detail: "As they came over OpenTelemetry." },
  { kind: "scores", title: "Scores and remarks", detail: "Judgements, comments, tags and corrections." },
  { kind: "ledger", title: "Ledger", detail: "What each request cost. Sums of the past come from here." },
  { kind: "dead_letters", title: "Dead letters", detail: "Telemetry that could not be taken, kept to be tried again." },
  { kind: "media", title: "Media", detail: "Images, audio and large texts." },
  { kind: "audit", title: "Audit log", detail: "Who changed what in this project." },
];

export const STATES: Record<Deletion["state"], { title: string; tone: "neutral" | "accent" | "ok" | "warn" | "bad" }> = {
  requested: { title: "Requested", tone: "neutral" },
  deleting: { title: "Deleting", tone: "accent" },
  waiting: { title: "Leaving the disk", tone: "warn" },
  complete: { title: "Complete", tone: "ok" },
  failed: { title: "Failed", tone: "bad" },
};

export type Mode = "all" | "some" | "none";

/** The choice that a share of traces stands for. */
export function modeOf(share: number | undefined): Mode {
  if (share === undefined || share >= 1) return "all";
  return share <= 0 ? "none" : "some";
}

/** Days as they were typed: null for none, which is for good, and undefined for what is no number of days. */
export function daysOf(text: string): number | null | undefined {
  const said = text.trim();
  if (said === "") return null;
  if (!/^\d{1,4}$/.test(said)) return undefined;
  const days = Number(said);
  return days >= 1 && days <= 3650 ? days : undefined;
}

/** A percentage as it was typed, as a share; null when it is none between 0 and 100. */
export function shareOf(text: string): number | null {
  const said = text.trim().replace("%", "").trim();
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(said)) return null;
  const share = Number(said) / 100;
  return share <= 1 ? Number(share.toFixed(6)) : null;
}

/** A share as a percentage, written so that it is read as the same share again. */
export function percentOf(share: number): string {
  return String(Number((share * 100).toFixed(3)));
}

/** Whether a redaction does anything at all. */
export function isOn(redaction: Redaction): boolean {
  const looks = redaction.detectors.length > 0 || redaction.patterns.length > 0 || redaction.engine !== "none" || redaction.use_callback;
  return redaction.pseudonymise_users || (looks && redaction.places.length > 0);
}

/** A list with a value in it or not, in an order of its own. */
export function withChoice<Value>(all: readonly Value[], chosen: readonly Value[], value: Value, isChosen: boolean): Value[] {
  return all.filter((each) => (each === value ? isChosen : chosen.includes(each)));
}
