/** Short names of projects and dashboards: what stands in addresses and calls. */

const MAX_LENGTH = 40;

/** A short name made from a name, or empty when nothing of it can stay. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+/, "")
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, "");
}

/** Says what is wrong with a short name, or null. */
export function faultOfSlug(slug: string, whose = "A project"): string | null {
  if (slug === "") return `${whose} needs a short name.`;
  return /^[a-z][a-z0-9-]{0,39}$/.test(slug) ? null : "Up to 40 lower-case letters, digits and “-”, beginning with a letter.";
}
