/** Splits code into coloured tokens, for the few languages that the console shows. Pure. */

export type Language = "json" | "python" | "shell" | "template" | "text";

export interface Token {
  kind: "plain" | "string" | "number" | "keyword" | "comment" | "name" | "variable";
  text: string;
}

type Rule = readonly [kind: Exclude<Token["kind"], "plain">, source: string];

const STRING = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`;
const RULES: Record<Exclude<Language, "text">, readonly Rule[]> = {
  json: [
    ["name", String.raw`"(?:[^"\\\n]|\\.)*"(?=\s*:)`],
    ["string", String.raw`"(?:[^"\\\n]|\\.)*"`],
    ["number", String.raw`-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b`],
    ["keyword", String.raw`\b(?:true|false|null)\b`],
  ],
  python: [
    ["comment", String.raw`#[^\n]*`],
    ["string", STRING],
    ["keyword", String.raw`\b(?:from|import|as|def|return|for|in|if|else|with|class|None|True|False|print|await|async)\b`],
    ["number", String.raw`\b\d+(?:\.\d+)?\b`],
  ],
  shell: [
    ["comment", String.raw`#[^\n]*`],
    ["string", STRING],
    ["variable", String.raw`\$\w+|\$\{\w+\}`],
    ["keyword", String.raw`(?<=^|\n)\s*(?:export|curl|pip|trimtab|make)\b`],
    ["name", String.raw`(?<=\s)--?[A-Za-z][\w-]*`],
  ],
  template: [
    ["comment", String.raw`\{#[\s\S]*?#\}`],
    ["keyword", String.raw`\{%[\s\S]*?%\}`],
    ["variable", String.raw`\{\{[\s\S]*?\}\}`],
  ],
};

const patterns = new Map<Language, RegExp>();

function patternOf(language: Exclude<Language, "text">): RegExp {
  const known = patterns.get(language);
  if (known) return known;
  const pattern = new RegExp(RULES[language].map(([, source]) => `(${source})`).join("|"), "g");
  patterns.set(language, pattern);
  return pattern;
}

/** Longer code stays without colours, so that a page with a large trace stays quick. */
const LONGEST = 200_000;

/** Returns tokens whose texts, joined, are exactly `code`. */
export function highlight(code: string, language: Language): Token[] {
  if (language === "text" || code.length > LONGEST) return [{ kind: "plain", text: code }];
  const rules = RULES[language];
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(patternOf(language))) {
    if (match[0] === "") continue;
    if (match.index > end) tokens.push({ kind: "plain", text: code.slice(end, match.index) });
    const rule = rules[match.slice(1).findIndex(Boolean)];
    tokens.push({ kind: rule ? rule[0] : "plain", text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ kind: "plain", text: code.slice(end) });
  return tokens;
}
