import { Download } from "lucide-react";

import { useProject } from "@/api/session";
import { useScope } from "@/app/scope";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { rangeLabel } from "@/design/range";

import styles from "./Costs.module.css";
import { exportAddress } from "./queries";

const FORMS = [
  { format: "csv", name: "CSV", text: "A row for each attempt, with its tokens, the lines of its price, and the arithmetic. An unknown cost is an empty cell." },
  { format: "parquet", name: "Parquet", text: "The same columns with their types; money is an exact decimal." },
  { format: "focus", name: "FOCUS 1.2", text: "For FinOps tools: a row for each line of a price. Attempts without a price are left out." },
] as const;

/** The ledger of the range as a file. */
export function ExportTab() {
  const project = useProject();
  const { range } = useScope();
  return (
    <Card title="Export the ledger" description={`${rangeLabel(range)}. Sums are those of the overview. Up to a million attempts in one file.`}>
      <ul className={styles.forms}>
        {FORMS.map(({ format, name, text }) => (
          <li key={format}>
            <div>
              <h3>{name}</h3>
              <p className={styles.quiet}>{text}</p>
            </div>
            <Button icon={<Download />} aria-label={`Download ${name}`} onClick={() => window.location.assign(exportAddress(project.id, range, format))}>
              Download
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
