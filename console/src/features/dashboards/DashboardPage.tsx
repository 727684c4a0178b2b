import { useQueryClient } from "@tanstack/react-query";
import { CodeXml, Copy, Ellipsis, Pencil, Plus, RefreshCw, Trash2 } from "lucide-react";
import { Fragment, useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { ApiError, describeError } from "@/api/error";
import { keys } from "@/api/keys";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { LiveButton } from "@/app/LiveButton";
import { EnvironmentPicker, RangePicker } from "@/app/ScopeBar";
import { carriedSearch, useScope, useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { EmptyState } from "@/design/EmptyState";
import { Menu, MenuItem, MenuSeparator } from "@/design/Menu";
import { Page } from "@/design/Page";
import { useToast } from "@/design/Toast";
import { paths } from "@/paths";

import { CodeDialog } from "./CodeDialog";
import { CostCards } from "./CostCards";
import { EditBar } from "./EditBar";
import { iconOf } from "./icons";
import { KeepDialog } from "./KeepDialog";
import { useMarkers, useOpenMarker } from "./markers";
import styles from "./Panel.module.css";
import { PanelCard } from "./PanelCard";
import { PlaceContext, type Place } from "./place";
import { DashboardSkeleton } from "./PanelBody";
import { useDashboard, useDeleteDashboard } from "./queries";
import type { Kept } from "./types";

/** One dashboard: its panels over the range and the environment of the page. */
export function DashboardPage() {
  const { dashboard: name = "" } = useParams();
  const found = useDashboard(name);
  const project = useProject();
  const [view] = useView();
  const isGone = found.error instanceof ApiError && found.error.status === 404;
  if (found.data && !isGone) return <Shown key={name} kept={found.data} />;
  const back = <Link to={paths.dashboards(project.slug) + carriedSearch(view)}>Dashboards</Link>;
  return (
    <Page title={name} back={back}>
      {found.error ? <ErrorView error={found.error} onRetry={() => void found.refetch()} /> : <DashboardSkeleton />}
    </Page>
  );
}

type Window = "duplicate" | "delete" | "code" | null;

function Shown({ kept }: { kept: Kept }) {
  const { dashboard, is_builtin } = kept;
  const project = useProject();
  const client = useQueryClient();
  const write = useRight("write");
  const { range, environment } = useScope();
  const [view, change] = useView();
  const [opened, open] = useState<Window>(null);
  const isEditing = !is_builtin && write.allowed && view.get("edit") === "on";
  const live = view.get("live") !== "off" && range.kind === "last";
  const markers = useMarkers(range, environment);
  const onMarker = useOpenMarker();
  const place = useMemo<Place>(() => ({ range, environment, live, markers, onMarker }), [range, environment, live, markers, onMarker]);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: keys.panels(project.id) });
    void client.invalidateQueries({ queryKey: keys.markers(project.id) });
  };
  const edit = () => change({ edit: isEditing ? null : "on" });
  useShortcuts({ r: refresh, ...(write.allowed ? { e: () => (is_builtin ? open("duplicate") : edit()) } : {}) });
  return (
    <Page
      title={dashboard.title}
      back={<Link to={paths.dashboards(project.slug) + carriedSearch(view)}>Dashboards</Link>}
      aside={is_builtin ? <Badge>ready-made</Badge> : null}
      description={isEditing ? undefined : dashboard.description}
      actions={
        <>
          {range.kind === "last" ? <LiveButton on={live} onChange={(on) => change({ live: on ? null : "off" })} /> : null}
          <IconButton label="Refresh" shortcut="r" onClick={refresh}>
            <RefreshCw />
          </IconButton>
          <EnvironmentPicker />
          <RangePicker />
          {is_builtin || isEditing ? null : (
            <Button icon={<Pencil />} disabledReason={write.reason} onClick={edit}>
              Edit
            </Button>
          )}
          <More isBuiltIn={is_builtin} onOpen={open} />
        </>
      }
    >
      <PlaceContext value={place}>
        {isEditing ? <EditBar key={kept.revision} kept={kept} onDone={() => change({ edit: null })} /> : <Panels kept={kept} onEdit={edit} />}
      </PlaceContext>
      <Windows kept={kept} opened={opened} onClose={() => open(null)} />
    </Page>
  );
}

function Panels({ kept: { dashboard, is_builtin }, onEdit }: { kept: Kept; onEdit: () => void }) {
  const write = useRight("write");
  const Icon = iconOf(dashboard.name);
  if (dashboard.panels.length === 0) {
    const add = (
      <Button variant="primary" icon={<Plus />} disabledReason={write.reason} onClick={onEdit}>
        Add panels
      </Button>
    );
    return (
      <EmptyState icon={<Icon />} title="No panels yet" action={add}>
        <p>A panel is a chart of some measures, of the calls that a query names, cut by up to two fields.</p>
      </EmptyState>
    );
  }
  // The cards of the cost dashboard come below the figures with which it begins.
  const figures = dashboard.panels.findIndex((panel) => panel.chart !== "stat");
  return (
    <div className={styles.grid}>
      {dashboard.panels.map((panel, index) => (
        <Fragment key={`${index} ${panel.title}`}>
          {index === figures && is_builtin && dashboard.name === "cost" ? <CostCards /> : null}
          <PanelCard panel={panel} />
        </Fragment>
      ))}
    </div>
  );
}

function More({ isBuiltIn, onOpen }: { isBuiltIn: boolean; onOpen: (window: Window) => void }) {
  const write = useRight("write");
  const refused = write.allowed ? null : "needs the right to write";
  return (
    <Menu
      align="end"
      width={232}
      trigger={
        <IconButton label="More about this dashboard">
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<Copy />} disabledReason={refused} onSelect={() => onOpen("duplicate")}>
        {isBuiltIn ? "Duplicate to edit" : "Duplicate"}
      </MenuItem>
      <MenuItem icon={<CodeXml />} onSelect={() => onOpen("code")}>
        {isBuiltIn ? "View as YAML" : "View and paste YAML"}
      </MenuItem>
      {isBuiltIn ? null : (
        <>
          <MenuSeparator />
          <MenuItem icon={<Trash2 />} danger disabledReason={refused} onSelect={() => onOpen("delete")}>
            Delete
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

function Windows({ kept, opened, onClose }: { kept: Kept; opened: Window; onClose: () => void }) {
  const { dashboard } = kept;
  const project = useProject();
  const navigate = useNavigate();
  const toast = useToast();
  const remove = useDeleteDashboard();
  const confirmed = () =>
    remove.mutate(dashboard.name, {
      onSuccess: () => {
        toast.done(`${dashboard.title} is deleted`);
        void navigate(paths.dashboards(project.slug));
      },
      onError: (error) => toast.failed("It was not deleted", describeError(error)),
    });
  return (
    <>
      {opened === "duplicate" ? (
        <KeepDialog title={`Duplicate ${dashboard.title}`} action="Duplicate" from={{ ...dashboard, title: `${dashboard.title}, ours` }} onClose={onClose} />
      ) : null}
      {opened === "code" ? <CodeDialog kept={kept} onClose={onClose} /> : null}
      <Confirm
        open={opened === "delete"}
        onOpenChange={onClose}
        title={`Delete ${dashboard.title}?`}
        description="The dashboard goes for everybody in the project. The calls that it shows stay. This cannot be undone."
        action="Delete dashboard"
        busy={remove.isPending}
        onConfirm={confirmed}
      />
    </>
  );
}
