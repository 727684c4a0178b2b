/**
 * CodeMirror's side of the template editor: colours from our scanner, names that complete, and the line of an error.
 *
 * Tab is not bound: it leaves the editor, as everywhere else in the console.
 */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers, placeholder, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { scan, type TokenKind } from "./template";
import type { Variable } from "./variable";

const MARKS: Partial<Record<TokenKind, Decoration>> = Object.fromEntries(
  (["delimiter", "comment", "keyword", "name", "attribute", "filter", "test", "argument", "string", "number", "operator"] as const).map(
    (kind) => [kind, Decoration.mark({ class: `tpl-${kind}` })],
  ),
);

function colours(text: string): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of scan(text)) {
    const mark = MARKS[token.kind];
    if (mark) builder.add(token.from, token.to, mark);
  }
  return builder.finish();
}

const highlighting = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = colours(view.state.doc.toString());
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = colours(update.state.doc.toString());
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** Marks the line (from 1) that an error speaks of; null takes the mark away. */
export const setFaultLine = StateEffect.define<number | null>();

const faultLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    let next = decorations.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setFaultLine)) continue;
      const line = effect.value;
      const isThere = line !== null && line >= 1 && line <= transaction.state.doc.lines;
      next = isThere
        ? Decoration.set([Decoration.line({ class: "tpl-fault" }).range(transaction.state.doc.line(line).from)])
        : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const FILTERS = [
  "abs", "attr", "batch", "bool", "capitalize", "default", "dictsort", "escape", "first", "float", "groupby", "indent", "int",
  "items", "join", "last", "length", "lines", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse",
  "round", "select", "selectattr", "slice", "sort", "split", "string", "sum", "title", "tojson", "trim", "unique", "upper",
  "urlencode",
];

/** Offers declared variables inside tags, and filters after a bar. */
export function completeFrom(variables: () => readonly Variable[]): (context: CompletionContext) => CompletionResult | null {
  return (context) => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 400), context.pos);
    const opened = Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"));
    if (opened < 0 || before.includes("}}", opened) || before.includes("%}", opened)) return null;
    const word = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(before)?.[0] ?? "";
    const lead = before.slice(opened + 2, before.length - word.length).trimEnd();
    if (word === "" && !context.explicit && lead !== "") return null;
    if (lead.endsWith(".")) return null;
    const from = context.pos - word.length;
    if (lead.endsWith("|")) return { from, options: FILTERS.map((label) => ({ label, type: "function" })), validFor: /^\w*$/ };
    // A word that is being typed is declared already, because the text uses it: it completes nothing.
    const others = variables().filter((variable) => variable.name !== word);
    const options = others.map((variable) => ({
      label: variable.name,
      type: "variable",
      detail: variable.type,
      ...(variable.description ? { info: variable.description } : {}),
    }));
    return { from, options, validFor: /^[\p{L}\p{N}_]*$/u };
  };
}

export interface Setup {
  label: string;
  hint: string;
  readOnly: boolean;
  variables: () => readonly Variable[];
  onChange: (text: string) => void;
}

/** All extensions of a template editor. */
export function templateExtensions(setup: Setup): Extension {
  return [
    EditorState.readOnly.of(setup.readOnly),
    EditorView.editable.of(!setup.readOnly),
    history(),
    drawSelection(),
    closeBrackets(),
    lineNumbers(),
    EditorView.lineWrapping,
    highlighting,
    faultLine,
    autocompletion({ override: [completeFrom(setup.variables)], icons: false }),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
    placeholder(setup.hint),
    EditorView.contentAttributes.of({ "aria-label": setup.label, role: "textbox", "aria-multiline": "true", spellcheck: "true" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) setup.onChange(update.state.doc.toString());
    }),
  ];
}
