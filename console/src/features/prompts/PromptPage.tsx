import { Ellipsis, Rocket, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useBlocker, useParams } from "react-router";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Button, IconButton } from "@/design/Button";
import { CopyButton } from "@/design/CopyButton";
import { Confirm } from "@/design/Dialog";
import { Menu, MenuItem } from "@/design/Menu";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { TabPanel, Tabs, type Tab } from "@/design/Tabs";
import { useToast } from "@/design/Toast";
import { paths } from "@/paths";

import { ReleaseDialog } from "../releases/ReleaseDialog";
import { ReleasesTab } from "../releases/ReleasesTab";
import { CallTab } from "./CallTab";
import { CompareTab } from "./CompareTab";
import { DeletePromptDialog } from "./DeletePromptDialog";
import { Description } from "./Description";
import { EditorTab } from "./EditorTab";
import { LiveBadge } from "./LiveBadge";
import { splitName } from "./name";
import styles from "./PromptPage.module.css";
import { usePrompt, type PromptDetail, type Version } from "./queries";
import { VersionsTab } from "./VersionsTab";
import { useWorkbench } from "./workbench";

const TABS = ["editor", "versions", "compare", "releases", "call"] as const;
type TabName = (typeof TABS)[number];

/** One prompt: written, compared, released and called from here. */
export function PromptPage() {
  const project = useProject();
  const { prompt: id = "" } = useParams();
  const prompt = usePrompt(project.id, id);
  if (prompt.error && !prompt.data) return <ErrorView error={prompt.error} onRetry={() => void prompt.refetch()} />;
  if (!prompt.data) {
    return (
      <Page title="Prompt" back={<Link to={paths.prompts(project.slug)}>Prompts</Link>}>
        <SkeletonRows rows={8} />
      </Page>
    );
  }
  return <PromptView key={prompt.data.id} prompt={prompt.data} />;
}

function PromptView({ prompt }: { prompt: PromptDetail }) {
  const project = useProject();
  const toast = useToast();
  const [view, setView] = useView();
  const workbench = useWorkbench(prompt.version);
  const [discardedFor, setDiscardedFor] = useState<Version | null>(null);
  const tab = TABS.find((each) => each === view.get("tab")) ?? "editor";
  const { folder, leaf } = splitName(prompt.name);
  const show = (next: TabName) => setView({ tab: next === "editor" ? null : next, from: null, to: null }, { replace: false });
  const openRelease = (version: number | null) => setView({ release: version === null ? "new" : String(version), environment: null });
  const startFrom = (version: Version) => {
    setDiscardedFor(null);
    workbench.startFrom(version);
    if (tab !== "editor") show("editor");
  };
  const saved = (version: Version, isNew: boolean) => {
    if (isNew) toast.done(`Saved version ${version.number}`, "Release it to put it live.");
    else toast.done(`Nothing new: this is version ${version.number} already`);
  };

  return (
    <Page
      title={leaf}
      back={<Back project={project.slug} folder={folder} />}
      aside={<Live prompt={prompt} />}
      actions={<Actions onDelete={() => setView({ delete: "prompt" })} onRelease={() => openRelease(null)} />}
      description={<Description prompt={prompt} />}
    >
      <Tabs label="Prompt" value={tab} onChange={show} tabs={tabsOf(prompt, workbench.isDirty)}>
        <TabPanel value="editor" className={styles.panel}>
          <EditorTab workbench={workbench} newest={prompt.version} onDiscard={() => setDiscardedFor(workbench.base)} onSaved={saved} />
        </TabPanel>
        <TabPanel value="versions" className={styles.panel}>
          <VersionsTab prompt={prompt} onEdit={(version) => (workbench.isDirty ? setDiscardedFor(version) : startFrom(version))} onRelease={openRelease} />
        </TabPanel>
        <TabPanel value="compare" className={styles.panel}>
          <CompareTab prompt={prompt} />
        </TabPanel>
        <TabPanel value="releases" className={styles.panel}>
          <ReleasesTab prompt={prompt} />
        </TabPanel>
        <TabPanel value="call" className={styles.panel}>
          <CallTab prompt={prompt} onRelease={() => openRelease(null)} />
        </TabPanel>
      </Tabs>
      <ReleaseWindow prompt={prompt} tab={tab} />
      <DeletePromptDialog prompt={prompt} isOpen={view.get("delete") !== null} onClose={() => setView({ delete: null })} />
      <Confirm
        open={discardedFor !== null}
        onOpenChange={() => setDiscardedFor(null)}
        title="Discard your changes?"
        description={`They are not in any version yet. The editor starts over from version ${discardedFor?.number ?? ""}.`}
        action="Discard changes"
        onConfirm={() => {
          if (discardedFor) startFrom(discardedFor);
        }}
      />
      <UnsavedGuard isDirty={workbench.isDirty} onLeave={workbench.forget} />
    </Page>
  );
}

function tabsOf(prompt: PromptDetail, isDirty: boolean): Tab<TabName>[] {
  return [
    { value: "editor", label: isDirty ? <DirtyLabel /> : "Editor" },
    { value: "versions", label: "Versions", count: prompt.latest_version },
    { value: "compare", label: "Compare" },
    { value: "releases", label: "Releases" },
    { value: "call", label: "Call it" },
  ];
}

function Back({ project, folder }: { project: string; folder: string }) {
  return (
    <>
      <Link to={paths.prompts(project)}>Prompts</Link>
      {folder === "" ? null : (
        <>
          <span aria-hidden>/</span>
          <Link to={paths.prompts(project, { q: `${folder}/` })}>{folder}</Link>
        </>
      )}
    </>
  );
}

function Live({ prompt }: { prompt: PromptDetail }) {
  return (
    <span className={styles.aside}>
      <CopyButton text={prompt.name} label="Copy name" />
      {prompt.live.map((live) => (
        <LiveBadge key={live.environment} environment={live.environment} version={live.version} title={live.model} />
      ))}
    </span>
  );
}

function Actions({ onDelete, onRelease }: { onDelete: () => void; onRelease: () => void }) {
  const write = useRight("write");
  const release = useRight("release");
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton label="More actions" variant="secondary">
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem icon={<Trash2 />} danger disabledReason={write.reason && "no right to write"} onSelect={onDelete}>
          Delete prompt
        </MenuItem>
      </Menu>
      <Button variant="primary" icon={<Rocket />} disabledReason={release.reason} onClick={onRelease}>
        Release…
      </Button>
    </>
  );
}

/** The release dialog while the address asks for it: `?release=new` or a version's number, and an environment. */
function ReleaseWindow({ prompt, tab }: { prompt: PromptDetail; tab: TabName }) {
  const release = useRight("release");
  const toast = useToast();
  const [view, setView] = useView();
  const asked = view.get("release");
  return (
    <ReleaseDialog
      prompt={prompt}
      request={asked === null || !release.allowed ? null : { version: Number(asked) || null, environment: view.get("environment") }}
      onClose={() => setView({ release: null, environment: null })}
      onReleased={({ environment, version, warnings }) => {
        toast.done(`Version ${version} is live in ${environment}`, warnings.join(" ") || "The gateway serves it within a second.");
        // In one change: of two in the same moment the second would bring back what the first took away.
        const next = tab === "call" ? {} : { tab: "releases", from: null, to: null };
        setView({ ...next, release: null, environment: null }, { replace: false });
      }}
    />
  );
}

function DirtyLabel() {
  return (
    <>
      Editor <span className={styles.dirty} title="Unsaved changes" role="img" aria-label="unsaved changes" />
    </>
  );
}

/** Asks before a draft is lost, by leaving the page inside the console or by closing the window. */
function UnsavedGuard({ isDirty, onLeave }: { isDirty: boolean; onLeave: () => void }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => isDirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isDirty]);
  return (
    <Confirm
      open={blocker.state === "blocked"}
      onOpenChange={(open) => {
        if (!open) blocker.reset?.();
      }}
      title="Leave without saving?"
      description="Your changes are not in any version yet. They are lost if you leave."
      action="Leave and lose changes"
      onConfirm={() => {
        onLeave();
        blocker.proceed?.();
      }}
    />
  );
}
