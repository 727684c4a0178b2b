import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { Search, X } from "lucide-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import { IconButton } from "@/design/Button";
import { classes } from "@/design/classes";
import { Keys } from "@/design/Keys";

import { useComplete, type QueryCompletion } from "./queries";
import { asSearch, toPoints } from "./query";
import styles from "./QueryBar.module.css";
import { queryExtensions, setFault } from "./querymirror";

interface QueryBarProps {
  query: string;
  onChange: (query: string) => void;
  /** Told the text as it is typed, whether or not it can be read; for a form that may be sent before it was looked at. */
  onType?: (text: string) => void;
  /** The id of the field, where there may be another on the page. */
  id?: string;
  hint?: string;
}

const SETTLE_MS = 350;

/** Why a text is looked at: somebody pauses in typing, left the field, or wants it to run. */
type Occasion = "pause" | "leave" | "run";

/** Where a query is written. It runs as soon as it can be read; while it cannot, the last one that could stays in force. */
export function QueryBar({ query, onChange, onType, id = "trace-search", hint = 'Search: status = error and cost > 0.01 and "refund"' }: QueryBarProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const applied = useRef(query);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [wrong, setWrong] = useState<QueryCompletion["fault"]>(null);
  const [isEmpty, setIsEmpty] = useState(query === "");
  const complete = useComplete();
  const ask = useEffectEvent(complete);
  const initial = useEffectEvent(() => query);
  const named = useEffectEvent(() => ({ id, hint }));

  const apply = (text: string) => {
    if (text === applied.current) return;
    applied.current = text;
    onChange(text);
  };
  const check = async (made: EditorView, occasion: Occasion) => {
    clearTimeout(timer.current);
    const text = made.state.doc.toString();
    const found = text.trim() === "" ? null : await complete(text, toPoints(text, text.length)).catch(() => undefined);
    // Somebody has typed on, or the server did not answer: then there is nothing to say about this text.
    if (found === undefined || made !== view.current || made.state.doc.toString() !== text) return;
    const sought = occasion === "run" && found?.fault ? asSearch(text) : null;
    if (sought !== null) {
      made.dispatch({ changes: { from: 0, to: text.length, insert: sought }, selection: { anchor: sought.length } });
      setWrong(null);
      apply(sought);
      return;
    }
    const fault = found?.fault ?? null;
    // What is wrong at the very end is most likely not finished.
    if (fault && occasion === "pause" && fault.end >= toPoints(text, text.trimEnd().length)) return;
    made.dispatch({ effects: setFault.of(fault) });
    setWrong(fault);
    if (!fault) apply(text.trim());
  };
  const typed = useEffectEvent((text: string) => {
    setIsEmpty(text === "");
    onType?.(text);
    setWrong(null);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => view.current && void check(view.current, "pause"), SETTLE_MS);
  });
  const run = useEffectEvent((made: EditorView) => void check(made, "run"));
  const leave = useEffectEvent((made: EditorView) => void check(made, "leave"));

  useEffect(() => {
    if (!host.current) return;
    const extensions = queryExtensions({
      ...named(),
      label: "Query",
      ask: (text, cursor) => ask(text, cursor),
      onChange: (text) => typed(text),
      onRun: (made) => run(made),
      onLeave: (made) => leave(made),
    });
    const made = new EditorView({ parent: host.current, state: EditorState.create({ doc: initial(), extensions }) });
    view.current = made;
    return () => {
      clearTimeout(timer.current);
      view.current = null;
      made.destroy();
    };
  }, []);

  useEffect(() => {
    const made = view.current;
    if (!made || query === applied.current) return;
    applied.current = query;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: query } });
  }, [query]);

  return (
    <div className={styles.wrap}>
      <div className={classes(styles.bar, wrong !== null && styles.wrong)} aria-describedby={wrong ? `${id}-fault` : undefined}>
        <Search aria-hidden />
        <div ref={host} className={styles.editor} />
        {isEmpty ? (
          id === "trace-search" ? <Keys keys="/" /> : null
        ) : (
          <IconButton
            size="sm"
            label="Clear the query"
            onClick={() => {
              const made = view.current;
              made?.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: "" } });
              apply("");
              made?.focus();
            }}
          >
            <X />
          </IconButton>
        )}
      </div>
      {wrong ? (
        <p id={`${id}-fault`} className={styles.fault} role="alert">
          {capital(wrong.message)}. {wrong.hint}
        </p>
      ) : null}
    </div>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
