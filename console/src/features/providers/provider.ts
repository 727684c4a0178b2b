/** What the form for a provider takes, and how its texts become what is sent. */

import type { Kind, NewProvider, Provider, ProviderChange } from "./queries";

export interface Form {
  kind: string;
  name: string;
  baseUrl: string;
  secret: string;
  /** One model a line, or separated by commas. */
  models: string;
  /** One `Name: value` a line. */
  headers: string;
  keepAlive: boolean;
}

/** An empty form for a kind, with a name that is still free. */
export function formFor(kind: Kind, taken: readonly string[]): Form {
  return { kind: kind.kind, name: freeName(kind.kind, taken), baseUrl: "", secret: "", models: "", headers: "", keepAlive: kind.kind !== "local" };
}

function freeName(kind: string, taken: readonly string[]): string {
  const name = kind.replaceAll("_", "-");
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}

/** The form of a provider that exists. Its secret is never known here. */
export function formOf(provider: Provider): Form {
  return {
    kind: provider.kind,
    name: provider.name,
    baseUrl: provider.base_url,
    secret: "",
    models: provider.models.join("\n"),
    headers: Object.entries(provider.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
    keepAlive: provider.keep_alive,
  };
}

export type Faults = Partial<Record<keyof Form, string>>;

/** Says what keeps the form from being sent, by field. A provider that exists may keep its secret unseen. */
export function faultsOf(form: Form, kind: Kind, existing: Provider | null, taken: readonly string[]): Faults {
  const faults: Faults = {};
  if (!existing) {
    if (!/^[a-z][a-z0-9_-]{0,59}$/.test(form.name)) faults.name = "Lower-case letters, digits, “-” and “_”, beginning with a letter.";
    else if (taken.includes(form.name)) faults.name = `There is a provider “${form.name}” already.`;
  }
  if (kind.needs_base_url && form.baseUrl.trim() === "") faults.baseUrl = "This kind has no address of its own: give yours.";
  else if (form.baseUrl !== "" && !/^https?:\/\/\S+$/.test(form.baseUrl.trim())) faults.baseUrl = "An address that begins with http:// or https://.";
  const secret = form.secret === "" ? faultWithoutKey(form, kind, existing) : null;
  if (secret) faults.secret = secret;
  if (readHeaders(form.headers) === null) faults.headers = "Write one “Name: value” on each line.";
  return faults;
}

/** A stored key stays where it was given for: the server sends it to no other address. */
function faultWithoutKey(form: Form, kind: Kind, existing: Provider | null): string | null {
  if (!existing?.has_secret) return kind.needs_secret ? "This provider answers nobody without a key." : null;
  const address = form.baseUrl.trim() || kind.base_url;
  return originOf(address) === originOf(existing.base_url) ? null : "The stored key was given for another address. Enter the one for this address.";
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** Models in their order, each once. */
export function readModels(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((model) => model !== ""))];
}

/** Headers by name, or null when a line is none. */
export function readHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim();
    if (colon < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return null;
    headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}

export function toCreate(form: Form): NewProvider {
  return {
    kind: form.kind,
    name: form.name,
    base_url: form.baseUrl.trim(),
    secret: form.secret.trim(),
    models: readModels(form.models),
    headers: readHeaders(form.headers) ?? {},
    keep_alive: form.keepAlive,
  };
}

/** What is to change. A secret that was not typed again stays as it is. */
export function toChange(form: Form): ProviderChange {
  return {
    base_url: form.baseUrl.trim(),
    ...(form.secret === "" ? {} : { secret: form.secret.trim() }),
    models: readModels(form.models),
    headers: readHeaders(form.headers) ?? {},
    keep_alive: form.keepAlive,
  };
}
