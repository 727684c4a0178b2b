/** The form of an ingest policy: what it says, whether it can be kept, and what a preview of it means. Pure. */

import type { Policy, Preview } from "./queries";

export const FATES: readonly { value: Policy["unrelated"]; title: string; detail: string }[] = [
  { value: "aside", title: "Put them aside", detail: "For three days. They come back when a model call turns out to lie beneath them." },
  { value: "keep", title: "Keep everything", detail: "HTTP, databases and all else are stored with their traces." },
  { value: "drop", title: "Drop them", detail: "They are counted and forgotten, unless they lie above a call that came before." },
];

/** The policy without rules that nobody has written yet. */
export function written(policy: Policy): Policy {
  return { ...policy, rules: policy.rules.filter((rule) => rule.query.trim() !== "") };
}

export function isSame(one: Policy, other: Policy): boolean {
  return JSON.stringify(written(one)) === JSON.stringify(written(other));
}

const number = new Intl.NumberFormat("en");
const of = (count: number) => number.format(count);

/** What a preview says, as a sentence. */
export function foretold(preview: Preview): string {
  if (preview.spans === 0) return "No span came in the last hour, so there is nothing to try this on.";
  const parts = [
    preview.aside > 0 ? `put aside ${of(preview.aside)}` : "",
    preview.dropped > 0 ? `dropped ${of(preview.dropped)}` : "",
  ].filter(Boolean);
  const which = preview.of_spans > preview.spans ? `the newest ${of(preview.spans)} of ${of(preview.of_spans)}` : of(preview.spans);
  const what = parts.length > 0 ? parts.join(" and ") : "kept every one";
  return `Over the last hour this would have ${what} of ${which} spans.`;
}
