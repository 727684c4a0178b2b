/**
 * What a prompt may be called. The server has the last word; this says it before the form is sent.
 */

const SEGMENT = /^[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const MAX_LENGTH = 255;

export const NAME_RULES =
  "Letters, digits, “-”, “_” and “.”. A “/” makes a folder: support/answer. The name cannot be changed later.";

/** Says what is wrong with a name, or null when it is fine. */
export function faultOfName(name: string): string | null {
  if (name === "") return "Give the prompt a name, for example support/answer.";
  if (name.length > MAX_LENGTH) return `The name has ${name.length} characters; at most ${MAX_LENGTH} are allowed.`;
  for (const segment of name.split("/")) {
    if (segment === "") return "A folder or the name itself is empty: check the slashes.";
    if (!SEGMENT.test(segment)) {
      const fault = /\s/.test(segment) ? "has a space" : "cannot stand in a name";
      return `“${segment}” ${fault}. Use letters, digits, “-”, “_” and “.”.`;
    }
  }
  return null;
}

/** Splits a name into its folder (empty at the top) and its last part. */
export function splitName(name: string): { folder: string; leaf: string } {
  const slash = name.lastIndexOf("/");
  return { folder: slash < 0 ? "" : name.slice(0, slash), leaf: name.slice(slash + 1) };
}

export interface Folder<Item> {
  /** Path with slashes; empty for prompts at the top. */
  path: string;
  items: Item[];
}

/** Groups prompts by folder: the top first, then folders by path, prompts by name. */
export function groupByFolder<Item extends { name: string }>(items: readonly Item[]): Folder<Item>[] {
  const folders = new Map<string, Item[]>();
  for (const item of items) {
    const { folder } = splitName(item.name);
    const members = folders.get(folder);
    if (members) members.push(item);
    else folders.set(folder, [item]);
  }
  return [...folders.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([path, members]) => ({ path, items: members.sort((a, b) => a.name.localeCompare(b.name)) }));
}
