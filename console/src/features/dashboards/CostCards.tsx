/** What the cost dashboard has beside its panels. */
export function CostCards() {
  return null;
}
