/** The colours of groups in a chart, told apart by everyone: `palette.test.ts` holds them against three kinds of sight. Pure. */

export type ColorToken = `--${string}`;

export const CATEGORIES: readonly ColorToken[] = [1, 2, 3, 4, 5, 6, 7, 8].map((each): ColorToken => `--category-${each}`);

/** What is left over when only the largest groups have a colour. */
export const OTHER: ColorToken = "--category-other";

/** The colour of the group at a place; beyond the last one they begin again. */
export function categoryColor(index: number): ColorToken {
  return CATEGORIES[index % CATEGORIES.length] ?? OTHER;
}
