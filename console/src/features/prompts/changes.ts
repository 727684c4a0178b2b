/** Says in words how a draft differs from the version it started from. */

import type { VersionContent } from "./draft";

export interface ChangeWords {
  change: "added" | "removed" | "changed";
  text: string;
}

/** Changes of messages by their place, then of variables by their name. */
export function changesSince(before: VersionContent, after: VersionContent): ChangeWords[] {
  return [...messageChanges(before, after), ...variableChanges(before, after)];
}

type Message = VersionContent["messages"][number];

/** Equal messages at the start and at the end are set aside, so that one removed above does not change all below. */
function messageChanges(before: VersionContent, after: VersionContent): ChangeWords[] {
  const { old, now, start } = differing(before.messages, after.messages);
  const words: ChangeWords[] = [];
  for (let index = 0; index < Math.max(old.length, now.length); index += 1) {
    const change = messageChange(`Message ${start + index + 1}`, old[index], now[index]);
    if (change) words.push(change);
  }
  return words;
}

function differing(before: readonly Message[], after: readonly Message[]) {
  const isSame = (a: Message | undefined, b: Message | undefined) => a !== undefined && a.role === b?.role && a.template === b.template;
  let start = 0;
  while (isSame(before[start], after[start])) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && isSame(before.at(-1 - end), after.at(-1 - end))) end += 1;
  return { old: before.slice(start, before.length - end), now: after.slice(start, after.length - end), start };
}

function messageChange(name: string, old: Message | undefined, now: Message | undefined): ChangeWords | null {
  if (!old) return now ? { change: "added", text: `${name} (${now.role}) added` } : null;
  if (!now) return { change: "removed", text: `${name} (${old.role}) removed` };
  const parts = [
    old.role === now.role ? null : `role ${old.role} → ${now.role}`,
    old.template === now.template ? null : sizeOf(old.template, now.template),
  ].filter((part) => part !== null);
  return parts.length > 0 ? { change: "changed", text: `${name}: ${parts.join(", ")}` } : null;
}

function sizeOf(before: string, after: string): string {
  const by = after.length - before.length;
  return by === 0 ? "text changed" : `text changed (${by > 0 ? "+" : "−"}${Math.abs(by)} characters)`;
}

function variableChanges(before: VersionContent, after: VersionContent): ChangeWords[] {
  const old = new Map(before.variables.map((variable) => [variable.name, variable]));
  const now = new Map(after.variables.map((variable) => [variable.name, variable]));
  const words: ChangeWords[] = [];
  for (const [name, variable] of now) {
    const was = old.get(name);
    if (!was) words.push({ change: "added", text: `Variable ${name} (${variable.type}) added` });
    else {
      const fields = (["type", "required", "default", "description"] as const).filter(
        (field) => JSON.stringify(was[field] ?? null) !== JSON.stringify(variable[field] ?? null),
      );
      if (fields.length > 0) words.push({ change: "changed", text: `Variable ${name}: ${fields.join(", ")} changed` });
    }
  }
  for (const name of old.keys()) if (!now.has(name)) words.push({ change: "removed", text: `Variable ${name} removed` });
  return words;
}
