/** Light, dark, or what the system says. `public/theme.js` applies the same choice before the first paint. */

import { useSyncExternalStore } from "react";

export type ThemeChoice = "light" | "dark" | "system";

const STORAGE = "trimtab.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const readers = new Set<() => void>();

function read(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE);
  return stored === "light" || stored === "dark" ? stored : "system";
}

let choice = read();

function apply(): void {
  const dark = choice === "dark" || (choice === "system" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  for (const reader of readers) reader();
}

system.addEventListener("change", apply);

export function setTheme(next: ThemeChoice): void {
  choice = next;
  if (next === "system") localStorage.removeItem(STORAGE);
  else localStorage.setItem(STORAGE, next);
  apply();
}

export function useTheme(): ThemeChoice {
  return useSyncExternalStore(
    (reader) => {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    () => choice,
  );
}
