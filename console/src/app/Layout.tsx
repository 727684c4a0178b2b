import { Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, ScrollRestoration, useLocation, useNavigate, useParams, type Location } from "react-router";

import { ApiError } from "@/api/error";
import { useSessionQuery } from "@/api/session";
import type { ProjectRef } from "@/api/types";
import { paths } from "@/paths";

import { CommandPalette } from "./CommandPalette";
import { ErrorView } from "./ErrorView";
import styles from "./Layout.module.css";
import { Navigation } from "./Navigation";
import { PageSkeleton } from "./PageSkeleton";
import { SECTIONS } from "./sections";
import { useShortcuts } from "./shortcuts";

const LAST_PROJECT = "trimtab.project";

/** The project of the address, else the one looked at last, else the first. */
function useCurrentProject(projects: readonly ProjectRef[]): ProjectRef | undefined {
  const { project: slug } = useParams();
  const current = projects.find((each) => each.slug === slug);
  useEffect(() => {
    if (current) localStorage.setItem(LAST_PROJECT, current.slug);
  }, [current]);
  if (slug !== undefined) return current ?? projects[0];
  const last = localStorage.getItem(LAST_PROJECT);
  return projects.find((each) => each.slug === last) ?? projects[0];
}

/** The frame around every page of somebody who is signed in; leads everybody else to the sign-in page. */
export function Layout() {
  const session = useSessionQuery();
  const location = useLocation();
  if (session.isPending) return <Splash />;
  if (session.error) return <ErrorView error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) {
    const here = location.pathname + location.search;
    return <Navigate to={paths.signIn(here === "/" ? undefined : here)} replace />;
  }
  return <Frame projects={session.data.projects} />;
}

/** The first page of a visit has no key of its own: another page opened in the same tab must not begin where that one was left. */
const placeOf = ({ key, pathname, search }: Location): string => (key === "default" ? pathname + search : key);

function Frame({ projects }: { projects: readonly ProjectRef[] }) {
  const project = useCurrentProject(projects);
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const slug = project?.slug ?? "";
  useShortcuts({
    "ctrl+k": () => setPalette(true),
    "?": () => setPalette(true),
    ...Object.fromEntries(SECTIONS.map((section) => [`g ${section.key}`, () => void navigate(section.path(slug))])),
  });
  if (!project) {
    return <ErrorView error={new ApiError(0, "no_project", "You have no project yet.", "Ask an admin to create one.")} />;
  }
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <Navigation project={project} projects={projects} onSearch={() => setPalette(true)} />
      <main id="content" className={styles.main} tabIndex={-1}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <ScrollRestoration getKey={placeOf} />
      <CommandPalette open={palette} onOpenChange={setPalette} project={project} projects={projects} />
    </div>
  );
}

/** Leads from the bare address to the project looked at last. */
export function Home() {
  const session = useSessionQuery();
  const project = useCurrentProject(session.data?.projects ?? []);
  return project ? <Navigate to={paths.overview(project.slug)} replace /> : <PageSkeleton />;
}

function Splash() {
  return <div className={styles.splash} role="status" aria-label="Loading" />;
}
