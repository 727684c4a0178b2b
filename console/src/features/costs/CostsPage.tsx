import { Plus } from "lucide-react";

import { useProject, useRight } from "@/api/session";
import { RangePicker } from "@/app/ScopeBar";
import { useScope, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Page } from "@/design/Page";
import { TabPanel, Tabs } from "@/design/Tabs";

import styles from "./Costs.module.css";
import { ExportTab } from "./ExportTab";
import { ANY, EMPTY } from "./price";
import { PriceDialog } from "./PriceDialog";
import { PricesTab } from "./PricesTab";
import { useUnpriced } from "./queries";
import { ReconciliationTab } from "./ReconciliationTab";
import { UnpricedTab } from "./UnpricedTab";

const TABS = ["prices", "unpriced", "reconciliation", "export"] as const;
const OF_A_RANGE: readonly string[] = ["unpriced", "export"];
type TabName = (typeof TABS)[number];

/** What the project pays, what has no price, and the past by other prices. */
export function CostsPage() {
  const project = useProject();
  const admin = useRight("admin");
  const { range } = useScope();
  const [view, setView] = useView();
  const unpriced = useUnpriced(project.id, range);
  const tab: TabName = TABS.find((each) => each === view.get("tab")) ?? "prices";
  const asked = view.get("new");
  return (
    <Page
      title="Costs"
      actions={
        <>
          {OF_A_RANGE.includes(tab) ? <RangePicker /> : null}
          <Button variant="primary" icon={<Plus />} disabledReason={admin.reason} onClick={() => setView({ new: "price" })}>
            Set a price
          </Button>
        </>
      }
    >
      <Tabs
        label="Costs"
        value={tab}
        onChange={(next) => setView({ tab: next === "prices" ? null : next })}
        tabs={[
          { value: "prices", label: "Prices" },
          { value: "unpriced", label: "Unpriced calls", ...(unpriced.data ? { count: unpriced.data.length } : {}) },
          { value: "reconciliation", label: "Reconciliation" },
          { value: "export", label: "Export" },
        ]}
      >
        <TabPanel value="prices" className={styles.panel}>
          <PricesTab />
        </TabPanel>
        <TabPanel value="unpriced" className={styles.panel}>
          <UnpricedTab />
        </TabPanel>
        <TabPanel value="reconciliation" className={styles.panel}>
          <ReconciliationTab />
        </TabPanel>
        <TabPanel value="export" className={styles.panel}>
          <ExportTab />
        </TabPanel>
      </Tabs>
      {asked === "price" && admin.allowed ? (
        <PriceDialog
          first={{ ...EMPTY, model: view.get("model") ?? "", tier: view.get("tier") ?? EMPTY.tier, whose: view.get("whose") ?? ANY, from: view.get("since") ?? "" }}
          onClose={() => setView({ new: null, model: null, tier: null, whose: null, since: null })}
        />
      ) : null}
    </Page>
  );
}
