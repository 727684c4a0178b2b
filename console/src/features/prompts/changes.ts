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

function messageChanges(before: VersionContent, after: VersionContent): ChangeWords[] {
  const words: ChangeWords[] = [];
  const length = Math.max(before.messages.length, after.messages.length);
  for (let index = 0; index < length; index += 1) {
    const old = before.messages[index];
    const now = after.messages[index];
    const name = `Message ${index + 1}`;
    if (!old && now) words.push({ change: "added", text: `${name} (${now.role}) added` });
    else if (old && !now) words.push({ change: "removed", text: `${name} (${old.role}) removed` });
    else if (old && now) {
      const parts = [
        old.role === now.role ? null : `role ${old.role} → ${now.role}`,
        old.template === now.template ? null : sizeOf(old.template, now.template),
      ].filter((part) => part !== null);
      if (parts.length > 0) words.push({ change: "changed", text: `${name}: ${parts.join(", ")}` });
    }
  }
  return words;
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
