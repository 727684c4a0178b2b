import { Button } from "@/design/Button";
import { longerThan, rangeLabel, type Range } from "@/design/range";

/** Offers the next longer of the usual ranges, where this one has nothing to show. */
export function LongerRange({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const longer = longerThan(range);
  if (!longer) return null;
  return <Button onClick={() => onChange(longer)}>Look at the {rangeLabel(longer).toLowerCase()}</Button>;
}
