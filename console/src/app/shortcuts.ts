/** Keyboard shortcuts of a page or of the whole console: `k`, `ctrl+k`, or a sequence such as `g t`. */

import { useEffect, useRef } from "react";

const SEQUENCE_MS = 1_000;
/** The key that begins a sequence; what follows it means nothing by itself. */
const LEADER = "g";
const MODIFIERS = new Set(["Control", "Meta", "Shift", "Alt"]);

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** The name under which a key press is looked up. */
export function pressed(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">): string {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  return event.ctrlKey || event.metaKey ? `ctrl+${key}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName) || target.closest("[role=dialog],[role=menu],[role=listbox]") !== null;
}

/** Listens while the component is mounted. Plain keys are left alone while somebody types or a window is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    let before = "";
    let at = 0;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || MODIFIERS.has(event.key)) return;
      const name = pressed(event);
      if (!name.startsWith("ctrl+") && isTyping(event.target)) return;
      const follows = before === LEADER && event.timeStamp - at < SEQUENCE_MS;
      before = follows ? "" : name;
      at = event.timeStamp;
      const run = latest.current[follows ? `${LEADER} ${name}` : name];
      if (!run) return;
      event.preventDefault();
      run(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
