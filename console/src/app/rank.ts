/** Orders names by how well they match what was typed. Pure. */

/** 0 when it does not match; more is better. Letters must come in order; starts of words count most. */
export function score(name: string, typed: string): number {
  const [hay, needle] = [name.toLowerCase(), typed.trim().toLowerCase()];
  if (needle === "") return 1;
  const at = hay.indexOf(needle);
  if (at === 0) return 100;
  if (at > 0) return /[\s/_-]/.test(hay.charAt(at - 1)) ? 80 : 60;
  let from = 0;
  let starts = 0;
  for (const letter of needle) {
    const next = hay.indexOf(letter, from);
    if (next === -1) return 0;
    if (next === 0 || /[\s/_-]/.test(hay.charAt(next - 1))) starts += 1;
    from = next + 1;
  }
  return 10 + starts;
}

/** Those that match, best first within their group; the groups keep their order. */
export function rank<Named extends { name: string; group: string }>(all: readonly Named[], typed: string): Named[] {
  const groups = [...new Set(all.map((each) => each.group))];
  return groups.flatMap((group) =>
    all
      .filter((each) => each.group === group)
      .map((each) => ({ each, score: score(each.name, typed) }))
      .filter((scored) => scored.score > 0)
      .sort((one, other) => other.score - one.score)
      .map((scored) => scored.each),
  );
}
