/** What the form for a price takes, how its texts become what is sent, and a price in words. Pure. */

import { BUCKET_NAMES } from "@/features/traces/price";

import type { NewPrice, Price } from "./queries";

/** The buckets in the order of every table; the first ones are those that most prices have. */
export const USUAL = ["input_uncached", "cache_read", "cache_write_5m", "cache_write_1h", "output_text", "reasoning"] as const;
export const OTHERS = ["input_image", "input_audio", "output_audio"] as const;
export const BUCKETS = [...USUAL, ...OTHERS] as const;
export type Bucket = (typeof BUCKETS)[number];

export const TIERS = [
  { value: "standard", label: "Standard" },
  { value: "batch", label: "Batch" },
  { value: "flex", label: "Flex" },
  { value: "priority", label: "Priority" },
  { value: "*", label: "Any tier" },
] as const;

export const ANY = "any";

export interface Form {
  /** `any`, `kind:openai` or `name:main`. */
  whose: string;
  model: string;
  tier: string;
  what: "rates" | "discount";
  rates: Partial<Record<Bucket, string>>;
  /** Tokens past which other rates hold; empty for none. */
  above: string;
  past: Partial<Record<Bucket, string>>;
  rule: "cliff" | "graduated";
  fee: string;
  discount: string;
  /** As `<input type="datetime-local">` has it; empty for now. */
  from: string;
  note: string;
}

export const EMPTY: Form = {
  whose: ANY,
  model: "",
  tier: "standard",
  what: "rates",
  rates: {},
  above: "",
  past: {},
  rule: "cliff",
  fee: "",
  discount: "",
  from: "",
  note: "",
};

const AMOUNT = /^\d{1,9}(\.\d{1,12})?$/;

export type Faults = Partial<Record<keyof Form, string>>;

/** Says what keeps the form from being sent, by field. */
export function faultsOf(form: Form): Faults {
  const faults: Faults = {};
  if (!/^[A-Za-z0-9*][A-Za-z0-9._:/@+*-]{0,199}$/.test(form.model.trim())) faults.model = "The model’s name as the provider writes it; * stands for any text.";
  if (form.what === "discount") {
    const percent = Number(form.discount);
    if (!AMOUNT.test(form.discount) || percent <= 0 || percent > 100) faults.discount = "A number of percent between 0 and 100.";
    return faults;
  }
  const filled = Object.values(form.rates).filter((text) => text !== "");
  const past = Object.values(form.past).filter((text) => text !== "");
  if (filled.length === 0 && form.fee === "") faults.rates = "Give at least one rate.";
  else if (![...filled, ...past].every((text) => AMOUNT.test(text))) faults.rates = "Rates are dollars, such as 2.5.";
  if (form.above !== "" && !/^[1-9]\d{0,8}$/.test(form.above)) faults.above = "A whole number of tokens.";
  if (form.fee !== "" && !AMOUNT.test(form.fee)) faults.fee = "Dollars, such as 0.005.";
  return faults;
}

/** The form as the server takes it. */
export function toNewPrice(form: Form): NewPrice {
  const [kind, name = ""] = form.whose.split(":", 2);
  const isDiscount = form.what === "discount";
  const rates: NewPrice["rates"] = {};
  for (const bucket of isDiscount ? [] : BUCKETS) {
    const rate = form.rates[bucket] ?? "";
    const past = form.past[bucket] ?? "";
    if (rate === "") continue;
    const tiers = form.above !== "" && past !== "" ? [{ above: Number(form.above), usd_per_million: past }] : [];
    rates[bucket] = { usd_per_million: rate, tiers, rule: form.rule };
  }
  return {
    provider_kind: kind === "kind" ? name : "",
    provider: kind === "name" ? name : "",
    model: form.model.trim(),
    service_tier: form.tier,
    rates,
    fee_usd: isDiscount || form.fee === "" ? null : form.fee,
    discount_percent: isDiscount ? form.discount : "0",
    valid_from: form.from === "" ? null : new Date(form.from).toISOString(),
    valid_to: null,
    note: form.note.trim(),
  };
}

/** What a price says, in short parts. */
export function termsOf(price: Price): string[] {
  const parts = BUCKETS.flatMap((bucket) => {
    const rate = price.rates[bucket];
    if (!rate) return [];
    const tiers = rate.tiers.map((tier) => `, $${tier.usd_per_million} past ${tier.above.toLocaleString("en")}`).join("");
    return [`${BUCKET_NAMES[bucket] ?? bucket} $${rate.usd_per_million}${tiers}`];
  });
  if (price.fee_usd !== null) parts.push(`$${price.fee_usd} a request`);
  if (price.discount_percent !== "0") parts.push(`${price.discount_percent}% off the list price`);
  return parts;
}

export type State = "in force" | "coming" | "ended";

export function stateOf(price: Price, now: Date): State {
  if (price.valid_to !== null && new Date(price.valid_to) <= now) return "ended";
  return new Date(price.valid_from) > now ? "coming" : "in force";
}

/** How a price of the lists is called: `cache_read_mtok, service_tier=flex` is "cache read, flex". */
export function termName(what: string): string {
  return what
    .replace(/_mtok/g, "")
    .replace(/_kcount/g, " per thousand")
    .replace(/service_tier=|processing=/g, "")
    .replaceAll("_", " ");
}

/** Whose price a call without one needs: its provider's when the project has it, else its kind's, else anybody's. */
export function whoseOf(
  call: { provider: string; provider_kind: string },
  providers: readonly { name: string }[],
  kinds: readonly { kind: string }[],
): string {
  if (providers.some((each) => each.name === call.provider)) return `name:${call.provider}`;
  if (kinds.some((each) => each.kind === call.provider_kind)) return `kind:${call.provider_kind}`;
  return ANY;
}
