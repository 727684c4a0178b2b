/** The numbers along the sides of a chart. Pure. */

/** The next round number at or above a value, so that the top of a chart has air and does not jitter. */
export function niceCeiling(value: number | null | undefined): number {
  if (value === null || value === undefined || !(value > 0)) return 1;
  const padded = value * 1.08;
  const scale = 10 ** Math.floor(Math.log10(padded));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => padded <= each * scale * (1 + 1e-9)) ?? 10;
  return step * scale;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** A tick of the time axis: the day at every midnight and for a range of weeks, else the hour, so that no two ticks read the same. */
export function axisTime(at_s: number, span_s: number): string {
  const moment = new Date(at_s * 1000);
  const isMidnight = moment.getHours() === 0 && moment.getMinutes() === 0;
  return isMidnight || span_s > 15 * 86_400 ? day.format(moment) : clock.format(moment);
}

/** A figure as short as an axis wants it: `4.00 s` becomes `4 s`, `$1.00` becomes `$1`. */
export function axisFigure(text: string): string {
  return text.replace(/\.0+(?!\d)/, "").replace(/ 00 [ms]$/, "");
}

const FEW = 24;

/** The places of the values to draw as dots: all while they are few, then only those without a value on either side. */
export function dotted(values: readonly (number | null | undefined)[]): number[] {
  const is = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  const known = values.flatMap((_value, index) => (is(index) ? [index] : []));
  return known.length <= FEW ? known : known.filter((index) => !is(index - 1) && !is(index + 1));
}

/** The room around the drawing in a chart, in pixels; what lies over a chart keeps to it. */
export const SIDES = { top: 8, right: 10, bottom: 26, left: 56 } as const;
