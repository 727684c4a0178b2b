/** Words for the parts of a price. Pure. */

export const BUCKET_NAMES: Record<string, string> = {
  input_uncached: "Input, not cached",
  cache_read: "Input, read from cache",
  cache_write_5m: "Cache write, 5 minutes",
  cache_write_1h: "Cache write, 1 hour",
  input_audio: "Audio input",
  input_image: "Image input",
  output_text: "Output",
  reasoning: "Reasoning",
  output_audio: "Audio output",
  request: "Fee for the request",
};

/** The source of a cost that nobody bills for: no model was called, or the call failed before it was counted. */
export const NOT_BILLED = "not_billed";

const SOURCES: Record<string, string> = {
  provider: "Priced from the provider’s count",
  estimated: "Estimated",
  local: "Runs locally, costs nothing",
  [NOT_BILLED]: "Not billed",
  reported: "Reported by the sender",
  none: "No price known",
};

/** Where a price comes from; a source that this console does not know yet is shown as it is. */
export function sourceText(source: string): string {
  return SOURCES[source] ?? source.replaceAll("_", " ");
}
