import { useSyncExternalStore } from "react";

function subscribe(reader: () => void): () => void {
  window.addEventListener("resize", reader);
  return () => window.removeEventListener("resize", reader);
}

/** The width of the window in pixels, kept up to date. */
export function useWindowWidth(): number {
  return useSyncExternalStore(subscribe, () => window.innerWidth);
}
