/** The one shape in which the API fails, as an error to throw and catch. */

export class ApiError extends Error {
  constructor(
    /** The HTTP status, or 0 when no answer came at all. */
    readonly status: number,
    /** The stable code, such as `not_found` or `conflict`. */
    readonly code: string,
    message: string,
    /** What to do about it; may be empty. */
    readonly hint: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Reads an error body. Anything that is not of our shape still becomes an `ApiError` that says what happened. */
export function errorFrom(status: number, body: unknown): ApiError {
  if (typeof body === "object" && body !== null && "error" in body) {
    const { error } = body;
    if (typeof error === "object" && error !== null) {
      const read = (name: string): string => {
        const value: unknown = Reflect.get(error, name);
        return typeof value === "string" ? value : "";
      };
      return new ApiError(status, read("code") || "unknown", read("message") || `The server answered ${status}.`, read("hint"));
    }
  }
  return new ApiError(status, "unknown", `The server answered ${status} without saying why.`, "Look into the server's log.");
}

/** Words for any error, for a place that has room for one sentence. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError) return [error.message, error.hint].filter(Boolean).map(sentence).join(" ");
  return error instanceof Error ? error.message : "Something went wrong.";
}

/** A message of the API as a sentence: it comes in lower case and without a full stop. */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
