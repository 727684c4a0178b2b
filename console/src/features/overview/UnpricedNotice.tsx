import { useNavigate, useSearchParams } from "react-router";

import { carriedSearch } from "@/app/scope";
import { Button } from "@/design/Button";
import { formatCount, formatPercent } from "@/design/format";
import { Notice } from "@/design/Notice";
import { paths } from "@/paths";

/** Warns that the sums of money are too low, and leads to where the calls can be given a price. */
export function UnpricedNotice({ project, count, of }: { project: string; count: number; of: number }) {
  const navigate = useNavigate();
  const [here] = useSearchParams();
  if (count === 0) return null;
  const share = of > 0 ? ` (${formatPercent(count / of)})` : "";
  return (
    <Notice
      tone="warn"
      action={
        <Button size="sm" onClick={() => void navigate(paths.costs(project, { ...Object.fromEntries(new URLSearchParams(carriedSearch(here))), tab: "unpriced" }))}>
          Give them a price
        </Button>
      }
    >
      {count === 1 ? "1 call has" : `${formatCount(count)} calls have`} no known price{share}: what they cost is in no sum on this page.
    </Notice>
  );
}
