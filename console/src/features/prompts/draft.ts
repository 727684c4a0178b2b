/**
 * A prompt version that is being written: plain data and the moves an editor makes on it.
 *
 * Messages carry a key of their own, so that a row keeps its editor and its cursor while others move around it.
 */

import type { Version } from "./queries";
import { detectVariables } from "./template";
import { followText, type Variable } from "./variable";

export const ROLES = ["system", "developer", "user", "assistant"] as const;
export type Role = (typeof ROLES)[number];
export type PromptKind = Version["kind"];

export interface DraftMessage {
  key: string;
  role: string;
  template: string;
}

export interface Draft {
  kind: PromptKind;
  messages: DraftMessage[];
  variables: Variable[];
}

export interface VersionContent {
  messages: readonly { role: string; template: string }[];
  variables: readonly Variable[];
}

export type Move =
  | { type: "text"; key: string; template: string }
  | { type: "role"; key: string; role: string }
  | { type: "add"; after?: string | undefined }
  | { type: "remove"; key: string }
  | { type: "shift"; key: string; by: -1 | 1 }
  | { type: "variable"; index: number; change: Partial<Variable> }
  | { type: "addVariable"; variable: Variable }
  | { type: "removeVariable"; index: number }
  | { type: "reset"; draft: Draft };

let lastKey = 0;
function nextKey(): string {
  lastKey += 1;
  return `m${lastKey}`;
}

/** A draft that starts from a saved version. */
export function draftOf(kind: PromptKind, content: VersionContent): Draft {
  return {
    kind,
    messages: content.messages.map((message) => ({ key: nextKey(), role: message.role, template: message.template })),
    variables: content.variables.map((variable) => ({ ...variable })),
  };
}

/** What is sent to the server. */
export function contentOf(draft: Draft): { messages: { role: string; template: string }[]; variables: Variable[] } {
  return {
    messages: draft.messages.map(({ role, template }) => ({ role, template })),
    variables: draft.variables.map((variable) => ({ ...variable })),
  };
}

/** Applies one move and gives the new draft; the old one stays as it was. */
export function edit(draft: Draft, move: Move): Draft {
  switch (move.type) {
    case "text":
      return followed({ ...draft, messages: replace(draft.messages, move.key, { template: move.template }) });
    case "role":
      return { ...draft, messages: replace(draft.messages, move.key, { role: move.role }) };
    case "add": {
      const at = move.after ? draft.messages.findIndex((message) => message.key === move.after) + 1 : draft.messages.length;
      const message = { key: nextKey(), role: roleAfter(draft.messages[at - 1]?.role), template: "" };
      return { ...draft, messages: draft.messages.toSpliced(at, 0, message) };
    }
    case "remove":
      return followed({ ...draft, messages: draft.messages.filter((message) => message.key !== move.key) });
    case "shift":
      return { ...draft, messages: shifted(draft.messages, move.key, move.by) };
    case "variable":
      return {
        ...draft,
        variables: draft.variables.map((variable, index) => (index === move.index ? { ...variable, ...move.change } : variable)),
      };
    case "addVariable":
      return { ...draft, variables: [...draft.variables, move.variable] };
    case "removeVariable":
      return { ...draft, variables: draft.variables.filter((_, index) => index !== move.index) };
    case "reset":
      return move.draft;
  }
}

function replace(messages: readonly DraftMessage[], key: string, change: Partial<DraftMessage>): DraftMessage[] {
  return messages.map((message) => (message.key === key ? { ...message, ...change } : message));
}

function shifted(messages: DraftMessage[], key: string, by: -1 | 1): DraftMessage[] {
  const from = messages.findIndex((message) => message.key === key);
  const moved = messages[from];
  const to = from + by;
  if (!moved || to < 0 || to >= messages.length) return messages;
  return messages.toSpliced(from, 1).toSpliced(to, 0, moved);
}

function roleAfter(previous: string | undefined): Role {
  if (previous === undefined) return "system";
  return previous === "user" ? "assistant" : "user";
}

function followed(draft: Draft): Draft {
  return { ...draft, variables: followText(draft.variables, usedVariables(draft)) };
}

/** Names that the draft's texts use, in order of first use. */
export function usedVariables(draft: Pick<Draft, "messages">): string[] {
  return [...new Set(draft.messages.flatMap((message) => detectVariables(message.template)))];
}

/** Whether saving would make something new. */
export function isDirty(draft: Draft, saved: VersionContent): boolean {
  return JSON.stringify(canonical(contentOf(draft))) !== JSON.stringify(canonical(saved));
}

function canonical(content: VersionContent): unknown {
  return {
    messages: content.messages.map((message) => [message.role, message.template]),
    variables: content.variables.map((variable) => [
      variable.name,
      variable.type,
      variable.required,
      variable.default ?? null,
      variable.description,
    ]),
  };
}

/** A first text that shows what a template can do, for the dialog that makes a new prompt. */
export function firstContent(kind: PromptKind): VersionContent {
  const question: Variable = {
    name: "question",
    type: "string",
    required: true,
    default: null,
    description: "What the customer asks",
  };
  const user = { role: "user", template: "{{ question }}" };
  if (kind === "text") return { messages: [user], variables: [question] };
  return {
    messages: [{ role: "system", template: "You are a helpful assistant. Answer in one short paragraph." }, user],
    variables: [question],
  };
}
