/** Where to go after signing in. Pure. */

/** Returns an address of this console, or null: a link from elsewhere must not lead out of it. */
export function nextAfterSignIn(next: string | null): string | null {
  if (!next?.startsWith("/") || next.startsWith("//") || next.includes("\\")) return null;
  return next;
}
