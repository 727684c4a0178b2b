/** The outcomes of a call in words. Pure. */

const TEXTS: Record<string, string> = {
  ok: "Answered",
  refused: "Refused by the gateway",
  upstream_rejected: "Rejected by the provider",
  upstream_error: "Provider failed",
  timeout: "Timed out",
  unreachable: "Provider unreachable",
  client_gone: "Caller hung up",
};

/** Words for an outcome; one that this console does not know yet is shown as it is. */
export function outcomeText(outcome: string): string {
  return TEXTS[outcome] ?? outcome.replaceAll("_", " ");
}
