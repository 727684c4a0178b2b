/** How the text of a message is cut up to be shown. Pure; nothing here makes markup out of what a model wrote. */

export interface Block {
  kind: "text" | "code";
  text: string;
  language?: string;
}

const FENCE = /^```([\w+-]*)[^\n]*\n([\s\S]*?)(?:\n```[ \t]*$|$(?![\s\S]))/gm;

/** Splits fenced code from the text around it. An open fence reaches to the end. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let end = 0;
  const push = (plain: string): void => {
    const trimmed = plain.replace(/^\n+|\s+$/g, "");
    if (trimmed) blocks.push({ kind: "text", text: trimmed });
  };
  for (const match of text.matchAll(FENCE)) {
    push(text.slice(end, match.index));
    blocks.push({ kind: "code", text: match[2] ?? "", ...(match[1] ? { language: match[1] } : {}) });
    end = match.index + match[0].length;
  }
  push(text.slice(end));
  return blocks;
}

const LONG = 2_400;
const KEPT = 1_600;

/** The start of a text that is too long to show whole at once, or null when it is not. */
export function shorten(text: string): string | null {
  if (text.length <= LONG) return null;
  const cut = text.lastIndexOf("\n", KEPT);
  return `${text.slice(0, cut > KEPT / 2 ? cut : KEPT)}…`;
}

/** A JSON object or array laid out for reading; null when the text is anything else. */
export function prettyJson(text: string): string | null {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return null;
  try {
    return JSON.stringify(JSON.parse(trimmed), null, 2);
  } catch {
    return null;
  }
}
