/** Changes of the query string that do not undo one another, however many come before the router has taken the first. Pure. */

export type Changes = Record<string, string | null | undefined>;

export interface How {
  /** Takes the place of the present entry of the history instead of adding one. */
  replace?: boolean;
}

/** The query string with some of it changed. Null and empty values are removed. */
export function withChanges(search: string, changes: Changes): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next.toString();
}

/** Goes to a query string; what it returns settles when the address has changed. */
export type Go = (search: string, how: Required<How>) => void | Promise<void>;

/**
 * The query string of the address, and what it is about to be. A router takes a change a moment after it was asked for, and
 * drops one that it has not taken when the next comes; so each change here is made to what the one before asked for.
 */
export class Address {
  private awaited: { search: string; replace: boolean } | null = null;

  constructor(private readonly read: () => string) {}

  async change(changes: Changes, how: How, go: Go): Promise<void> {
    const asked = {
      search: withChanges(this.awaited?.search ?? this.read(), changes),
      replace: (how.replace ?? false) && (this.awaited?.replace ?? true),
    };
    this.awaited = asked;
    try {
      await go(asked.search, { replace: asked.replace });
    } finally {
      if (this.awaited === asked) this.awaited = null;
    }
  }
}
