/**
 * Keeps an unsaved draft in the window's own storage, so that a reload, a crash or a session that ends in the middle of a
 * sentence loses nothing. It is gone with the window, and when the draft is saved or thrown away.
 */

import { contentOf, draftOf, type Draft, type PromptKind, type VersionContent } from "./draft";

interface Kept {
  /** The version that the draft started from. */
  base: number;
  content: VersionContent;
}

const nameOf = (prompt: string): string => `trimtab.draft.${prompt}`;

/** Writes a draft down, as text. */
export function write(base: number, draft: Draft): string {
  return JSON.stringify({ base, content: contentOf(draft) } satisfies Kept);
}

/** Reads a draft back if it started from the version that is still the newest; else it is too old to go on with. */
export function read(text: string | null, kind: PromptKind, newest: number): Draft | null {
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null;
    const content = kept?.content;
    if (kept?.base !== newest || !Array.isArray(content?.messages) || !Array.isArray(content.variables)) return null;
    return draftOf(kind, content);
  } catch {
    return null;
  }
}

/** Keeps a draft, or forgets it when there is none. A storage that is full or forbidden keeps nothing, and that is all. */
export function keep(prompt: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(nameOf(prompt));
    else sessionStorage.setItem(nameOf(prompt), text);
  } catch {
    return;
  }
}

/** What was kept for a prompt, or null. */
export function kept(prompt: string): string | null {
  try {
    return sessionStorage.getItem(nameOf(prompt));
  } catch {
    return null;
  }
}
