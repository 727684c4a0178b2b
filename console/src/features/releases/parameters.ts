/**
 * The parameters of a release: the common ones as simple fields, everything as JSON, and both always saying the same.
 */

export interface Field {
  name: string;
  label: string;
  /** What may stand there, in a few signs. */
  hint: string;
  title: string;
  type: "number" | "integer" | "list";
  min?: number;
  max?: number;
}

export const FIELDS: readonly Field[] = [
  { name: "temperature", label: "Temperature", hint: "0 – 2", title: "Low repeats itself, high surprises.", type: "number", min: 0, max: 2 },
  { name: "max_tokens", label: "Max tokens", hint: "no limit", title: "The longest answer that is paid for.", type: "integer", min: 1 },
  { name: "top_p", label: "Top p", hint: "0 – 1", title: "Change this or the temperature, not both.", type: "number", min: 0, max: 1 },
  { name: "stop", label: "Stop", hint: "END, ###", title: "Texts that end the answer, separated by commas.", type: "list" },
];

export type Parameters = Record<string, unknown>;

/** Parameters read from text, or the reason why they cannot be. */
export type Read = { ok: true; parameters: Parameters } | { ok: false; reason: string };

/** Reads a JSON object; empty text is an empty object. */
export function readParameters(text: string): Read {
  if (text.trim() === "") return { ok: true, parameters: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `This is not JSON yet: ${error instanceof Error ? error.message : "it does not parse"}.` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, reason: 'Parameters are a JSON object, for example {"temperature": 0.2}.' };
  }
  return { ok: true, parameters: value as Parameters };
}

/** Writes parameters as people read them; an empty object is empty text. */
export function writeParameters(parameters: Parameters): string {
  return Object.keys(parameters).length === 0 ? "" : JSON.stringify(parameters, null, 2);
}

/** The text that a simple field shows for the parameters. */
export function fieldText(field: Field, parameters: Parameters): string {
  const value = parameters[field.name];
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.map(plain).join(", ") : plain(value);
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The parameters after a simple field got this text; empty text takes the parameter out. */
export function withField(parameters: Parameters, field: Field, text: string): Read {
  const rest = Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== field.name));
  if (text.trim() === "") return { ok: true, parameters: rest };
  if (field.type === "list") {
    const items = text.split(",").map((item) => item.trim()).filter((item) => item !== "");
    return { ok: true, parameters: { ...parameters, [field.name]: items } };
  }
  const value = Number(text);
  const reason = faultOf(field, value, text);
  return reason ? { ok: false, reason } : { ok: true, parameters: { ...parameters, [field.name]: value } };
}

function faultOf(field: Field, value: number, text: string): string | null {
  if (!Number.isFinite(value)) return `“${text}” is not a number.`;
  if (field.type === "integer" && !Number.isInteger(value)) return `“${text}” is not a whole number.`;
  if (field.min !== undefined && value < field.min) return `At least ${field.min}.`;
  if (field.max !== undefined && value > field.max) return `At most ${field.max}.`;
  return null;
}

/** Names that a caller may be allowed to override, offered as check boxes: the usual ones and those set here. */
export function overridableChoices(parameters: Parameters): string[] {
  const usual = [...FIELDS.map((field) => field.name), "seed", "response_format", "tools"];
  return [...new Set([...usual, ...Object.keys(parameters)])];
}

/** One line for a card: `temperature 0.2 · max_tokens 200`. */
export function summarise(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${plain(value)}`)
    .join(" · ");
}
