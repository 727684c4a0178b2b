/** What is being written on a prompt's page: the draft, what it started from, and the values typed beside the preview. */

import { useCallback, useEffect, useMemo, useReducer, useState } from "react";

import { draftOf, edit, isDirty, type Draft, type Move } from "./draft";
import { keep, kept, read, write } from "./keepsake";
import type { Version } from "./queries";

export interface Workbench {
  draft: Draft;
  move: (move: Move) => void;
  /** The newest version that the writer has seen: what saving adds to. */
  base: Version;
  isDirty: boolean;
  /** Whether the draft was kept from before the page was loaded, and has not been saved since. */
  isRestored: boolean;
  /** Lets go of the draft for good, when somebody leaves it behind. */
  forget: () => void;
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
  const [restored, setRestored] = useState(() => read(kept(newest.prompt_id), newest.kind, newest.number));
  const [draft, move] = useReducer(edit, restored, (draft) => draft ?? draftOf(newest.kind, newest));
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});

  const startFrom = useCallback((version: Version) => {
    setRestored(null);
    move({ type: "reset", draft: draftOf(version.kind, version) });
  }, []);
  const rebase = useCallback(
    (version: Version, how: { keep: boolean }) => {
      setBase(version);
      setRestored(null);
      if (!how.keep) startFrom(version);
    },
    [startFrom],
  );
  const setText = useCallback((variable: string, text: string) => {
    setTexts((known) => ({ ...known, [variable]: text }));
  }, []);
  const dirty = useMemo(() => isDirty(draft, base), [draft, base]);
  const forget = useCallback(() => keep(newest.prompt_id, null), [newest.prompt_id]);
  useEffect(() => {
    keep(base.prompt_id, dirty ? write(base.number, draft) : null);
  }, [base, draft, dirty]);
  return { draft, move, base, isDirty: dirty, isRestored: restored !== null && dirty, forget, startFrom, rebase, texts, setText };
}

