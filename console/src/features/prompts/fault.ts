/**
 * Finds the place that an error of the template engine speaks of, so that it is shown where the mistake is.
 */

export interface Fault {
  /** Index of the message, or null when the error does not say. */
  message: number | null;
  /** Line from 1, or null. */
  line: number | null;
  /** What is wrong, without the place. */
  text: string;
}

/** Reads `message 2` and `line 3` out of an error's text; both are counted from 1 there. */
export function faultOf(text: string, messageCount: number): Fault {
  const line = /\bline (\d+)\b/i.exec(text)?.[1];
  const message = /\bmessage (\d+)\b/i.exec(text)?.[1];
  const index = message === undefined ? null : Number(message) - 1;
  return {
    message: messageCount === 1 ? 0 : index !== null && index >= 0 && index < messageCount ? index : null,
    line: line === undefined ? null : Number(line),
    text: capitalised(text.replace(/^message \d+ \([^)]*\)(?:, line \d+)?: /i, "")),
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
