/**
 * The text of a query as the console handles it: its colours, and the conditions that facets and chips put in and take out.
 * The server alone reads what a query means. Pure.
 */

export type TokenKind = "keyword" | "name" | "string" | "number" | "operator" | "mark" | "other";

export interface Token {
  kind: TokenKind;
  text: string;
  from: number;
  to: number;
}

const KEYWORDS = new Set(["and", "or", "not", "in", "exists", "contains", "has", "span", "after", "before"]);
const TOKEN = /(?<string>"(?:[^"\\]|\\[^])*(?:"|$)|'(?:[^'\\]|\\[^])*(?:'|$))|(?<operator>!=|>=|<=|=|<|>|~)|(?<mark>[()[\],])|(?<number>-?\$?\d[\w.$µ]*)|(?<word>[\p{L}_][\p{L}\p{N}_.\-/:@]*)|(?<other>[^\s])/gu;

/** The tokens of a query, whether or not it can be read. */
export function scan(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map((match) => {
    const groups = match.groups ?? {};
    const kind = (Object.keys(groups).find((name) => groups[name] !== undefined) ?? "other") as TokenKind | "word";
    const from = match.index;
    return { kind: kind === "word" ? wordKind(match[0]) : kind, text: match[0], from, to: from + match[0].length };
  });
}

const wordKind = (word: string): TokenKind => (KEYWORDS.has(word.toLowerCase()) ? "keyword" : "name");

/** Text as a string of the language. */
export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function unquote(token: Token): string {
  if (token.kind !== "string") return token.text;
  return token.text.slice(1, -1).replace(/\\([^])/g, (_, character: string) => (character === "n" ? "\n" : character));
}

interface Part {
  tokens: Token[];
  from: number;
  to: number;
}

/** The conditions that are joined with `and` at the top; null when an `or` stands there. */
function conditionsOf(text: string): Part[] | null {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of scan(text)) {
    if (token.kind === "mark" && (token.text === "(" || token.text === ")")) depth += token.text === "(" ? 1 : -1;
    const joint = depth === 0 && token.kind === "keyword" ? token.text.toLowerCase() : "";
    if (joint === "or") return null;
    if (joint === "and") parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.flatMap((tokens) => {
    const [first, last] = [tokens[0], tokens.at(-1)];
    return first && last ? [{ tokens, from: first.from, to: last.to }] : [];
  });
}

function saysOf(part: Part, field: string): string | null {
  const [name, operator, value, more] = part.tokens;
  if (!name || more || name.text.toLowerCase() !== field) {
    return part.tokens.length === 1 && field === "status" && /^(ok|error)$/i.test(name?.text ?? "") ? (name?.text.toLowerCase() ?? null) : null;
  }
  return operator?.text === "=" && value ? unquote(value) : null;
}

/** The value that the query demands of a field, when it is one of the conditions that must all hold. */
export function valueOf(text: string, field: string): string | undefined {
  for (const part of conditionsOf(text) ?? []) {
    const value = saysOf(part, field);
    if (value !== null) return value;
  }
  return undefined;
}

/** The query with another value demanded of a field; null takes the condition away. */
export function withValue(text: string, field: string, value: string | null): string {
  const parts = conditionsOf(text);
  const added = value === null ? [] : [`${field} = ${/^[a-z]+$/.test(value) && !KEYWORDS.has(value) ? value : quote(value)}`];
  if (parts === null) return [`(${text.trim()})`, ...added].join(" and ");
  const kept = parts.filter((part) => saysOf(part, field) === null).map((part) => text.slice(part.from, part.to));
  return [...kept, ...added].join(" and ");
}

/** Both queries at once. */
export function both(one: string, other: string): string {
  const parts = [one, other].filter((part) => part.trim() !== "");
  if (parts.length < 2) return parts[0]?.trim() ?? "";
  return parts.map((part) => (conditionsOf(part) === null ? `(${part.trim()})` : part.trim())).join(" and ");
}

/** What was typed as a search of the messages, when it is words and nothing of a query; else null. */
export function asSearch(text: string): string | null {
  const tokens = scan(text);
  const isPlain = tokens.length > 0 && tokens.every((token) => token.kind === "name" || token.kind === "number" || token.text === ",");
  return isPlain ? quote(text.trim()) : null;
}

/** Where a character of the server's counting (code points) stands in a string of ours (UTF-16), and back. */
export const toUnits = (text: string, points: number): number => Array.from(text).slice(0, points).join("").length;
export const toPoints = (text: string, units: number): number => Array.from(text.slice(0, units)).length;
