/**
 * Typed variables of a prompt version: which ones a draft declares, and how what a person types becomes a value.
 */

import type { Version } from "./queries";

/** A declared variable. A `default` of null, or none, is no default. */
export type Variable = Version["variables"][number];
export type VariableType = Variable["type"];

export const VARIABLE_TYPES: readonly VariableType[] = ["string", "integer", "number", "boolean", "array", "object"];

/** A value read from text, or the reason why it cannot be. */
export type Parsed = { ok: true; value: unknown } | { ok: false; reason: string };

/** Whether a call may leave the variable out and still get a value. */
export function hasDefault(variable: Pick<Variable, "default">): boolean {
  return variable.default !== null && variable.default !== undefined;
}

/** The variable that is offered for a name found in the text. */
export function newVariable(name: string): Variable {
  return { name, type: "string", required: true, default: null, description: "" };
}

/** Adds what the text uses and is not declared; what is declared stays, used or not. */
export function withDetected(declared: readonly Variable[], detected: readonly string[]): Variable[] {
  const known = new Set(declared.map((variable) => variable.name));
  return [...declared, ...detected.filter((name) => !known.has(name)).map(newVariable)];
}

/**
 * Follows the text while it is being typed: names that appear are declared, and names that vanish are dropped as long
 * as nobody has described them. So a name that is typed letter by letter leaves nothing behind.
 */
export function followText(declared: readonly Variable[], detected: readonly string[]): Variable[] {
  const used = new Set(detected);
  const kept = declared.filter((variable) => used.has(variable.name) || !isUntouched(variable));
  const next = withDetected(kept, detected);
  const isSame = next.length === declared.length && next.every((variable, index) => variable === declared[index]);
  return isSame ? (declared as Variable[]) : next;
}

function isUntouched(variable: Variable): boolean {
  return variable.type === "string" && variable.required && !hasDefault(variable) && variable.description === "";
}

/** Reads text as a value of the type. Empty text is no value at all and must be handled before. */
export function parseValue(type: VariableType, text: string): Parsed {
  switch (type) {
    case "string":
      return { ok: true, value: text };
    case "integer":
      return /^[-+]?\d+$/.test(text.trim())
        ? { ok: true, value: Number(text) }
        : { ok: false, reason: `“${text}” is not a whole number.` };
    case "number": {
      const value = Number(text);
      return text.trim() !== "" && Number.isFinite(value)
        ? { ok: true, value }
        : { ok: false, reason: `“${text}” is not a number.` };
    }
    case "boolean":
      if (text === "true" || text === "false") return { ok: true, value: text === "true" };
      return { ok: false, reason: "Choose true or false." };
    case "array":
    case "object":
      return parseJson(type, text);
  }
}

function parseJson(type: "array" | "object", text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `This is not JSON yet: ${error instanceof Error ? error.message : "it does not parse"}.` };
  }
  const isArray = Array.isArray(value);
  const fits = type === "array" ? isArray : typeof value === "object" && value !== null && !isArray;
  return fits ? { ok: true, value } : { ok: false, reason: `This is JSON, but not an ${type}.` };
}

/** Writes a value as the text that `parseValue` reads back; null becomes empty. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What the preview and the snippets put in when nobody has typed a value. */
export function exampleValue(variable: Pick<Variable, "name" | "type" | "default">): unknown {
  if (hasDefault(variable)) return variable.default;
  switch (variable.type) {
    case "string":
      return `<${variable.name}>`;
    case "integer":
      return 1;
    case "number":
      return 1.5;
    case "boolean":
      return true;
    case "array":
      return ["one", "two"];
    case "object":
      return { key: "value" };
  }
}

export interface Values {
  values: Record<string, unknown>;
  /** Reason by variable name, for texts which are no value of the type. */
  faults: Record<string, string>;
}

/** Turns the texts typed beside the preview into values; what is empty is left out, so that defaults apply. */
export function readValues(variables: readonly Variable[], texts: Readonly<Record<string, string>>): Values {
  const result: Values = { values: {}, faults: {} };
  for (const variable of variables) {
    const text = texts[variable.name] ?? "";
    if (text === "") continue;
    const parsed = parseValue(variable.type, text);
    if (parsed.ok) result.values[variable.name] = parsed.value;
    else result.faults[variable.name] = parsed.reason;
  }
  return result;
}

const RESERVED = new Set(
  "and or not in is if else for true false none True False None loop range self super set recursive".split(" "),
);

/** Says what keeps a declaration from being saved, or null. */
export function faultOfName(name: string, all: readonly Variable[]): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) return "Up to 64 letters, digits and “_”, not starting with a digit.";
  if (RESERVED.has(name)) return `“${name}” is a word of the template language.`;
  if (all.filter((variable) => variable.name === name).length > 1) return `“${name}” is declared twice.`;
  return null;
}
