/** What is being written on a prompt's page: the draft, what it started from, and the values typed beside the preview. */

import { useCallback, useMemo, useReducer, useState } from "react";

import { draftOf, edit, isDirty, type Draft, type Move } from "./draft";
import type { Version } from "./queries";

export interface Workbench {
  draft: Draft;
  move: (move: Move) => void;
  /** The newest version that the writer has seen: what saving adds to. */
  base: Version;
  isDirty: boolean;
  /** Starts over from a version's content; saving still adds to `base`. */
  startFrom: (version: Version) => void;
  /** Takes a version as the newest. With `keep` the draft stays; else it starts over from that version. */
  rebase: (version: Version, how: { keep: boolean }) => void;
  texts: Readonly<Record<string, string>>;
  setText: (variable: string, text: string) => void;
}

/** A workbench that starts from a prompt's newest version. It lives as long as the page does, whatever tab is shown. */
export function useWorkbench(newest: Version): Workbench {
  const [base, setBase] = useState(newest);
  const [draft, move] = useReducer(edit, newest, (version) => draftOf(version.kind, version));
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});

  const startFrom = useCallback((version: Version) => {
    move({ type: "reset", draft: draftOf(version.kind, version) });
  }, []);
  const rebase = useCallback(
    (version: Version, how: { keep: boolean }) => {
      setBase(version);
      if (!how.keep) startFrom(version);
    },
    [startFrom],
  );
  const setText = useCallback((variable: string, text: string) => {
    setTexts((known) => ({ ...known, [variable]: text }));
  }, []);
  const dirty = useMemo(() => isDirty(draft, base), [draft, base]);
  return { draft, move, base, isDirty: dirty, startFrom, rebase, texts, setText };
}

