/**
 * Ready-to-run code that calls a released prompt, in the languages people ask for first.
 */

import { exampleValue, type Variable } from "./variable";

export const LANGUAGES = [
  { id: "openai", title: "Python, openai" },
  { id: "curl", title: "curl" },
  { id: "trimtab", title: "Python, trimtab" },
] as const;
export type Language = (typeof LANGUAGES)[number]["id"];

export interface Call {
  gatewayUrl: string;
  /** Where this console is, which is where the SDK fetches prompts. */
  serverUrl: string;
  prompt: string;
  /** Left out when null: the key's own environment applies. */
  environment: string | null;
  variables: readonly Variable[];
  /** Shown in place of the key's text, unless a real key is at hand. */
  key?: string;
}

const NO_KEY = "tt_…";

/** Writes the call in one language. */
export function snippet(language: Language, call: Call): string {
  switch (language) {
    case "openai":
      return openai(call);
    case "curl":
      return curl(call);
    case "trimtab":
      return sdk(call);
  }
}

function modelName(call: Call): string {
  return `prompt:${call.prompt}${call.environment ? `@${call.environment}` : ""}`;
}

/** Values for what has no default; OpenAI metadata holds strings only. */
function examples(call: Call): [string, unknown][] {
  return call.variables.filter((variable) => variable.required).map((variable) => [variable.name, exampleValue(variable)]);
}

function metadata(call: Call): [string, string][] {
  return examples(call).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}

function baseUrl(call: Call): string {
  return `${call.gatewayUrl.replace(/\/+$/, "")}/v1`;
}

function openai(call: Call): string {
  const given = metadata(call);
  const lines = given.map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return [
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url="${baseUrl(call)}", api_key="${call.key ?? NO_KEY}")`,
    "answer = client.chat.completions.create(",
    `    model="${modelName(call)}",`,
    "    messages=[],",
    ...(given.length > 0 ? ["    metadata={", ...lines, "    },"] : []),
    ")",
    "print(answer.choices[0].message.content)",
  ].join("\n");
}

function curl(call: Call): string {
  const body = { model: modelName(call), messages: [], metadata: Object.fromEntries(metadata(call)) };
  return [
    `curl ${baseUrl(call)}/chat/completions \\`,
    `  -H "Authorization: Bearer ${call.key ?? NO_KEY}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`,
  ].join("\n");
}

function sdk(call: Call): string {
  const given = examples(call).map(([name, value]) => `${name}=${pythonLiteral(value)}`);
  const environment = call.environment ? `, environment="${call.environment}"` : "";
  return [
    `# In the environment: TRIMTAB_URL=${call.serverUrl} TRIMTAB_API_KEY=${call.key ?? NO_KEY}`,
    "import trimtab",
    "from openai import OpenAI",
    "",
    `prompt = trimtab.prompt("${call.prompt}"${environment})`,
    `rendered = prompt.render(${given.join(", ")})`,
    "",
    `client = OpenAI(base_url="${baseUrl(call)}", api_key="${call.key ?? NO_KEY}")`,
    "answer = client.chat.completions.create(**rendered.openai())",
    "print(answer.choices[0].message.content)",
  ].join("\n");
}

/** A JSON value as Python source. */
export function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item)}`);
    return `{${pairs.join(", ")}}`;
  }
  return JSON.stringify(value);
}
