import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useEffectEvent, useRef } from "react";

import { setFaultLine, templateExtensions } from "./codemirror";
import styles from "./TemplateEditor.module.css";
import type { Variable } from "./variable";

interface TemplateEditorProps {
  /** Name for assistive technology and tests. */
  label: string;
  value: string;
  onChange: (text: string) => void;
  variables: readonly Variable[];
  /** Line (from 1) to mark as wrong. */
  faultLine?: number | null;
  hint?: string;
  readOnly?: boolean;
}

/** A text field for a template, with colours and completion. */
export function TemplateEditor({ label, value, onChange, variables, faultLine = null, hint = "", readOnly = false }: TemplateEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useEffectEvent(onChange);
  const declared = useEffectEvent(() => variables);
  const initial = useEffectEvent(() => value);

  useEffect(() => {
    if (!host.current) return;
    const extensions = templateExtensions({
      label,
      hint,
      readOnly,
      variables: () => declared(),
      onChange: (text) => {
        changed(text);
      },
    });
    const made = new EditorView({ parent: host.current, state: EditorState.create({ doc: initial(), extensions }) });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [label, hint, readOnly]);

  useEffect(() => {
    const made = view.current;
    if (!made || made.state.doc.toString() === value) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: setFaultLine.of(faultLine) });
  }, [faultLine]);

  return <div ref={host} className={styles.editor} />;
}
