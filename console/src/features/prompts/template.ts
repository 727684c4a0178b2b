/**
 * Reads a template the way the server does, well enough to colour it and to name its variables while somebody types.
 *
 * The server's parser stays the judge: what it refuses is shown as its error. This scanner never fails; a tag that is
 * still open when the text ends is simply the last one.
 */

export type TokenKind =
  | "text"
  | "delimiter"
  | "comment"
  | "keyword"
  | "name"
  | "attribute"
  | "filter"
  | "test"
  | "argument"
  | "string"
  | "number"
  | "operator";

export interface Token {
  kind: TokenKind;
  from: number;
  to: number;
  /** The token's own text. */
  text: string;
}

const STATEMENTS = new Set([
  "if", "elif", "else", "endif", "for", "endfor", "set", "endset", "with", "endwith", "macro", "endmacro", "filter",
  "endfilter", "raw", "endraw", "call", "endcall", "do", "autoescape", "endautoescape", "block", "endblock", "recursive",
]);
const WORDS = new Set(["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"]);
/** Names that every template has without declaring them. */
const GLOBALS = new Set(["range", "dict", "namespace", "debug", "loop", "self", "super", "caller"]);

const OPENERS = { "{{": "}}", "{%": "%}", "{#": "#}" } as const;
const LEXEME =
  /(?<space>\s+)|(?<string>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|(?<number>\d+(?:\.\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<operator>==|!=|<=|>=|\/\/|\*\*|[^\s])/uy;

/** Cuts a template into tokens that cover it without gaps, white space inside tags left out. */
export function scan(template: string): Token[] {
  const tokens: Token[] = [];
  const push = (kind: TokenKind, from: number, to: number) => {
    if (to > from) tokens.push({ kind, from, to, text: template.slice(from, to) });
  };
  const opener = /\{\{|\{%|\{#/g;
  let at = 0;
  while (at < template.length) {
    opener.lastIndex = at;
    const found = opener.exec(template);
    if (!found) break;
    push("text", at, found.index);
    const open = found[0] as keyof typeof OPENERS;
    const bodyStart = found.index + 2;
    if (open === "{#") {
      at = endOf(template, "#}", bodyStart);
      push("comment", found.index, at);
      continue;
    }
    at = scanTag(template, found.index, open, push);
    if (open === "{%" && /^\{%[-+]?\s*raw\s*[-+]?%\}$/.test(template.slice(found.index, at))) {
      const end = /\{%[-+]?\s*endraw/g;
      end.lastIndex = at;
      const stop = end.exec(template)?.index ?? template.length;
      push("text", at, stop);
      at = stop;
    }
  }
  push("text", at, template.length);
  return tokens;
}

function endOf(template: string, closer: string, from: number): number {
  const found = template.indexOf(closer, from);
  return found < 0 ? template.length : found + closer.length;
}

type Push = (kind: TokenKind, from: number, to: number) => void;

const DEEPER = new Set(["{", "(", "["]);
const HIGHER = new Set(["}", ")", "]"]);

/** Cuts one tag into tokens and gives the place behind it. */
function scanTag(template: string, start: number, open: "{{" | "{%", push: Push): number {
  let at = start + 2;
  if (template[at] === "-" || template[at] === "+") at += 1;
  push("delimiter", start, at);
  const place: Place = { previous: "", isStatement: open === "{%", depth: 0 };
  while (at < template.length) {
    const close = closingLength(template, at, OPENERS[open]);
    if (close > 0 && place.depth === 0) {
      push("delimiter", at, at + close);
      return at + close;
    }
    LEXEME.lastIndex = at;
    const groups = LEXEME.exec(template)?.groups;
    const end = LEXEME.lastIndex;
    if (!groups || end <= at) break;
    if (!groups.space) {
      const text = template.slice(at, end);
      push(kindOf(groups, text, place, template.slice(end, end + 40)), at, end);
      pass(place, text);
    }
    at = end;
  }
  return template.length;
}

/** Moves the place behind a lexeme. */
function pass(place: Place, text: string): void {
  if (DEEPER.has(text)) place.depth += 1;
  if (HIGHER.has(text)) place.depth = Math.max(0, place.depth - 1);
  place.previous = place.previous === "is" && text === "not" ? "is" : text;
  place.isStatement = false;
}

function closingLength(template: string, at: number, closer: string): number {
  if (template.startsWith(closer, at)) return 2;
  const sign = template[at];
  return (sign === "-" || sign === "+") && template.startsWith(closer, at + 1) ? 3 : 0;
}

/** Where in a tag the scanner stands. */
interface Place {
  previous: string;
  /** Whether the next word names a statement. */
  isStatement: boolean;
  /** Open brackets. */
  depth: number;
}

function kindOf(groups: Record<string, string | undefined>, text: string, place: Place, rest: string): TokenKind {
  if (groups.string) return "string";
  if (groups.number) return "number";
  return groups.word ? wordKind(text, place, rest) : "operator";
}

function wordKind(word: string, place: Place, rest: string): TokenKind {
  if (place.previous === ".") return "attribute";
  if (place.previous === "|") return "filter";
  if (place.isStatement && STATEMENTS.has(word)) return "keyword";
  if (place.previous === "is" && word !== "not") return "test";
  if (WORDS.has(word)) return "keyword";
  return place.depth > 0 && /^\s*=(?!=)/.test(rest) ? "argument" : "name";
}

/** Names the variables that a template needs from outside, in order of first use, each once. */
export function detectVariables(template: string): string[] {
  const found = new Set<string>();
  const scopes: Set<string>[] = [new Set(GLOBALS)];
  for (const tag of tagsOf(scan(template))) {
    const head = tag[0]?.kind === "keyword" ? tag[0].text : "";
    const bound = boundNames(head, tag);
    const isKnown = knownIn(scopes, head, bound.names);
    for (const token of tag) {
      if (token.kind === "name" && !bound.tokens.has(token) && !isKnown(token.text)) found.add(token.text);
    }
    enter(scopes, head, bound.names, tag[1]?.text);
  }
  return [...found];
}

const OPENS_SCOPE = new Set(["for", "macro", "with"]);
const CLOSES_SCOPE = new Set(["endfor", "endmacro", "endwith"]);

/** What is known while a tag is read: the scopes around it, and in a loop's own condition its item. */
function knownIn(scopes: readonly Set<string>[], head: string, bound: readonly string[]): (name: string) => boolean {
  const around = new Set(scopes.flatMap((scope) => [...scope]));
  if (head === "for" || head === "macro") for (const name of bound) around.add(name);
  return (name) => around.has(name);
}

/** Opens, closes or widens scopes as a tag does. */
function enter(scopes: Set<string>[], head: string, bound: readonly string[], second: string | undefined): void {
  const inner = scopes.at(-1);
  if (head === "macro" && second) inner?.add(second);
  if (head === "set") for (const name of bound) inner?.add(name);
  if (OPENS_SCOPE.has(head)) scopes.push(new Set(bound));
  if (CLOSES_SCOPE.has(head) && scopes.length > 1) scopes.pop();
}

/** The tokens of each tag, without its delimiters. */
function tagsOf(tokens: readonly Token[]): Token[][] {
  const tags: Token[][] = [];
  let open: Token[] | null = null;
  for (const token of tokens) {
    if (token.kind === "delimiter") {
      if (token.text.startsWith("{")) {
        open = [];
        tags.push(open);
      } else open = null;
    } else open?.push(token);
  }
  return tags;
}

/** The names that a statement binds, and the tokens which are such names rather than uses. */
function boundNames(head: string, tag: readonly Token[]): { names: string[]; tokens: Set<Token> } {
  const tokens = new Set<Token>();
  if (head === "for") {
    for (const token of tag.slice(1)) {
      if (token.text === "in") break;
      if (token.kind === "name") tokens.add(token);
    }
  } else if (head === "set" || head === "with") {
    tag.forEach((token, index) => {
      if (token.kind === "name" && (tag[index + 1]?.text === "=" || (head === "set" && index === 1))) tokens.add(token);
    });
  } else if (head === "macro") {
    for (const token of tag.slice(1)) if (token.kind === "name" || token.kind === "argument") tokens.add(token);
  }
  return { names: [...tokens].map((token) => token.text), tokens };
}
