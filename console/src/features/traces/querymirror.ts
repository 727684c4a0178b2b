/**
 * CodeMirror's side of the query bar: one line with colours, completion from the server, and the fault underlined.
 *
 * Enter runs the query unless an option was chosen with the arrows; Tab takes the first option when there is one.
 */

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
  moveCompletionSelection,
  selectedCompletion,
  startCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, Prec, RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, placeholder, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";

import type { QueryCompletion } from "./queries";
import { asSearch, scan, toPoints, toUnits, type TokenKind } from "./query";

const MARKS: Partial<Record<TokenKind, Decoration>> = Object.fromEntries(
  (["keyword", "name", "string", "number", "operator"] as const).map((kind) => [kind, Decoration.mark({ class: `query-${kind}` })]),
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

/** Underlines what cannot be read; null takes the line away. */
export const setFault = StateEffect.define<QueryCompletion["fault"]>();

const fault = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    let next = transaction.docChanged ? Decoration.none : decorations;
    for (const effect of transaction.effects) {
      if (effect.is(setFault)) next = underline(transaction.state.doc.toString(), effect.value);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function underline(text: string, at: QueryCompletion["fault"]): DecorationSet {
  if (!at || text === "") return Decoration.none;
  const to = Math.max(1, toUnits(text, at.end));
  // What is missing at the end is shown under the last character.
  const from = Math.min(toUnits(text, at.start), to - 1);
  return Decoration.set([Decoration.mark({ class: "query-fault", attributes: { title: at.message } }).range(from, to)]);
}

export type Ask = (text: string, cursor: number) => Promise<QueryCompletion>;

const TYPES: Record<QueryCompletion["options"][number]["kind"], string> = {
  field: "property",
  operator: "keyword",
  value: "constant",
  joint: "keyword",
  key: "property",
};

/** Puts an option in, a space after it unless it opens something, and asks what comes next. */
function put(view: EditorView, completion: Completion, from: number, to: number): void {
  const text = /[([]$/.test(completion.label) ? completion.label : `${completion.label} `;
  const rest = view.state.sliceDoc(to);
  const closes = /^["'\]]+/.exec(rest)?.[0].length ?? 0;
  const end = /["\]]$/.test(completion.label) ? to + closes : to;
  view.dispatch({ changes: { from, to: end, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.complete" });
  startCompletion(view);
}

/** The options that the server offers at the cursor. */
export function completeWith(ask: Ask): (context: CompletionContext) => Promise<CompletionResult | null> {
  return async (context) => {
    const text = context.state.doc.toString();
    if (!context.explicit && text.trim() === "") return null;
    const found = await ask(text, toPoints(text, context.pos));
    if (context.aborted) return null;
    const from = toUnits(text, found.start);
    const options: Completion[] = found.options.map((option, index) => ({
      label: option.text,
      type: TYPES[option.kind],
      detail: option.about.replaceAll("`", ""),
      boost: -index,
      apply: put,
    }));
    const sought = asSearch(text);
    if (sought !== null && found.fault) options.push({ label: sought, detail: "search the messages", type: "text", boost: -99, apply: put });
    return { from: sought !== null && options.length === 1 && found.fault ? 0 : from, options, filter: false };
  };
}

export interface Setup {
  id: string;
  label: string;
  hint: string;
  ask: Ask;
  onChange: (text: string) => void;
  onRun: (view: EditorView) => void;
  onLeave: (view: EditorView) => void;
}

const takeFirst = (view: EditorView): boolean => {
  if (completionStatus(view.state) !== "active") return false;
  if (!selectedCompletion(view.state)) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
};

/** All extensions of the query bar. */
export function queryExtensions(setup: Setup): Extension {
  return [
    history(),
    drawSelection(),
    closeBrackets(),
    highlighting,
    fault,
    autocompletion({ override: [completeWith(setup.ask)], icons: false, selectOnOpen: false, interactionDelay: 0, activateOnTypingDelay: 120, maxRenderedOptions: 60 }),
    Prec.high(
      keymap.of([
        { key: "Tab", run: takeFirst },
        {
          key: "Enter",
          run: (view) => {
            if (completionStatus(view.state) === "active" && selectedCompletion(view.state)) return acceptCompletion(view);
            setup.onRun(view);
            return true;
          },
        },
        { key: "ArrowDown", run: (view) => completionStatus(view.state) === null && startCompletion(view) },
      ]),
    ),
    keymap.of([
      ...completionKeymap,
      {
        key: "Escape",
        run: (view) => {
          view.contentDOM.blur();
          return true;
        },
      },
      ...closeBracketsKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    placeholder(setup.hint),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\s*\n\s*/g, " ").trim()),
    EditorState.transactionFilter.of((transaction) => (transaction.newDoc.lines > 1 ? [] : transaction)),
    EditorView.contentAttributes.of({ id: setup.id, role: "searchbox", "aria-label": setup.label, spellcheck: "false" }),
    EditorView.domEventHandlers({ blur: (_event, view) => setup.onLeave(view) }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) setup.onChange(update.state.doc.toString());
    }),
  ];
}
