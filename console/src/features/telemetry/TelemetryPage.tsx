import { useProject } from "@/api/session";
import { RangePicker } from "@/app/ScopeBar";
import { useView } from "@/app/scope";
import { Page } from "@/design/Page";
import { TabPanel, Tabs } from "@/design/Tabs";

import { ArrivalsTab } from "./ArrivalsTab";
import { ConnectTab } from "./ConnectTab";
import { PolicyTab } from "./PolicyTab";
import { useLetters } from "./queries";
import { RefusedTab } from "./RefusedTab";
import styles from "./Telemetry.module.css";

const TABS = ["arrivals", "connect", "refused", "policy"] as const;
type TabName = (typeof TABS)[number];

/** What applications send: how they are connected, what came, what did not get in and why, and who decides. */
export function TelemetryPage() {
  const project = useProject();
  const [view, setView] = useView();
  const letters = useLetters(project.id);
  const tab: TabName = TABS.find((each) => each === view.get("tab")) ?? "arrivals";
  return (
    <Page title="Telemetry" actions={tab === "arrivals" ? <RangePicker /> : null}>
      <Tabs
        label="Telemetry"
        value={tab}
        onChange={(next) => setView({ tab: next === "arrivals" ? null : next })}
        tabs={[
          { value: "arrivals", label: "Arrivals" },
          { value: "connect", label: "Connect" },
          { value: "refused", label: "Refused", ...(letters.data ? { count: letters.data.length } : {}) },
          { value: "policy", label: "Policy" },
        ]}
      >
        <TabPanel value="arrivals" className={styles.panel}>
          <ArrivalsTab />
        </TabPanel>
        <TabPanel value="connect" className={styles.panel}>
          <ConnectTab />
        </TabPanel>
        <TabPanel value="refused" className={styles.panel}>
          <RefusedTab />
        </TabPanel>
        <TabPanel value="policy" className={styles.panel}>
          <PolicyTab />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
