import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { CATEGORIES, categoryColor } from "./palette";

const css = readFileSync(fileURLToPath(new URL("./tokens.css", import.meta.url)), "utf8");

function colorsOf(theme: "light" | "dark"): string[] {
  const block = css.slice(css.indexOf(`[data-theme="${theme}"]`));
  return CATEGORIES.map((token) => new RegExp(`${token}: (#[0-9a-f]{6});`).exec(block)?.[1] ?? "missing");
}

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** How colours look without one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1), in linear RGB. */
const SIGHTS: Record<string, Matrix> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};
/** From linear RGB to the cones and from there to Oklab (Ottosson 2020). */
const CONES: Matrix = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]];
const LAB: Matrix = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]];

const times = (matrix: Matrix, [a, b, c]: Triple): Triple => matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Triple;
const each = (triple: Triple, change: (value: number) => number): Triple => triple.map(change) as unknown as Triple;

function seen(color: string, sight: Matrix): Triple {
  const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255) as unknown as Triple;
  const linear = each(rgb, (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const clipped = each(times(sight, linear), (value) => Math.min(1, Math.max(0, value)));
  return times(LAB, each(times(CONES, clipped), Math.cbrt));
}

/** Below 0.02 two colours side by side look the same; in a legend they must be several times as far apart. */
const APART = 0.08;

describe.each(["light", "dark"] as const)("the colours of groups in the %s theme", (theme) => {
  it.each(Object.keys(SIGHTS))("differ for %s sight", (name) => {
    const sight = SIGHTS[name] ?? CONES;
    const colors = colorsOf(theme);
    const close = colors.flatMap((one, index) =>
      colors.slice(index + 1).flatMap((other) => {
        const [a, b] = [seen(one, sight), seen(other, sight)];
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        return distance < APART ? [`${one} and ${other}: ${distance.toFixed(3)}`] : [];
      }),
    );
    expect(close).toEqual([]);
  });
});

describe("categoryColor", () => {
  it("begins again after the last", () => {
    expect(categoryColor(CATEGORIES.length)).toBe(categoryColor(0));
  });
});
