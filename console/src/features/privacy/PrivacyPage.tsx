import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { TabPanel, Tabs } from "@/design/Tabs";

import { ContentTab } from "./ContentTab";
import { DeletionTab } from "./DeletionTab";
import styles from "./Privacy.module.css";
import { usePrivacy } from "./queries";
import { RedactionTab } from "./RedactionTab";
import { RetentionTab } from "./RetentionTab";

const TABS = ["redaction", "content", "retention", "deletion"] as const;
type TabName = (typeof TABS)[number];

/** What the project does not want to keep: taken out on the way in, left out, let go with time, deleted on request. */
export function PrivacyPage() {
  const project = useProject();
  const [view, setView] = useView();
  const privacy = usePrivacy(project.id);
  const tab: TabName = TABS.find((each) => each === view.get("tab")) ?? "redaction";
  return (
    <Page title="Data & privacy">
      <Tabs
        label="Data & privacy"
        value={tab}
        onChange={(next) => setView({ tab: next === "redaction" ? null : next })}
        tabs={[
          { value: "redaction", label: "Redaction" },
          { value: "content", label: "Messages" },
          { value: "retention", label: "Retention" },
          { value: "deletion", label: "Deletion" },
        ]}
      >
        {privacy.error ? (
          <ErrorView error={privacy.error} onRetry={() => void privacy.refetch()} />
        ) : !privacy.data ? (
          <SkeletonRows rows={5} />
        ) : (
          <>
            <TabPanel value="redaction" className={styles.panel}>
              <RedactionTab key={JSON.stringify(privacy.data.redaction)} privacy={privacy.data} />
            </TabPanel>
            <TabPanel value="content" className={styles.panel}>
              <ContentTab key={JSON.stringify(privacy.data.content)} privacy={privacy.data} />
            </TabPanel>
            <TabPanel value="retention" className={styles.panel}>
              <RetentionTab key={JSON.stringify(privacy.data.retention)} privacy={privacy.data} />
            </TabPanel>
            <TabPanel value="deletion" className={styles.panel}>
              <DeletionTab />
            </TabPanel>
          </>
        )}
      </Tabs>
    </Page>
  );
}
