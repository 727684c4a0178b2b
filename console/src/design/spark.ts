/** The paths of a sparkline. Pure. */

interface Paths {
  line: string;
  area: string;
}

interface Point {
  x: number;
  y: number;
}

/** Draws values from left to right between zero and the greatest; a null interrupts the line. */
export function sparkPaths(values: readonly (number | null)[], width: number, height: number): Paths {
  const top = Math.max(...values.map((value) => value ?? 0), 0);
  if (values.length < 2 || top === 0) return { line: `M0 ${height - 1}H${width}`, area: "" };
  const runs: Point[][] = [[]];
  values.forEach((value, index) => {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push({ x: (index / (values.length - 1)) * width, y: height - 1 - (value / top) * (height - 3) });
  });
  const drawn = runs.filter((run) => run.length > 0).map((run) => ({ run, path: run.map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L") }));
  return {
    // A lone point becomes a line without length, which a round cap draws as a dot.
    line: drawn.map(({ run, path }) => (run.length > 1 ? `M${path}` : `M${path}h0`)).join(""),
    area: drawn.map(({ run, path }) => `M${path}V${height}H${(run[0]?.x ?? 0).toFixed(2)}Z`).join(""),
  };
}
