/** The places of a project, once: the navigation, the command palette and the shortcuts are all made from this list. */

import { Activity, Blocks, Building2, ChartNoAxesColumn, CircleDollarSign, KeyRound, LayoutDashboard, MessageSquareText, MessagesSquare, Radio, Rocket, ScrollText, Settings, ShieldCheck, Sparkles, Users, UsersRound } from "lucide-react";
import type { ReactNode } from "react";

import { paths } from "@/paths";

export interface Section {
  name: string;
  icon: ReactNode;
  /** Pressed after `g`. */
  key: string;
  group: "observe" | "build" | "connect" | "organisation";
  path: (project: string) => string;
  /** Whether the address must match exactly to count as here. */
  exact?: boolean;
}

export const GROUPS: readonly [Section["group"], string][] = [
  ["observe", "Observe"],
  ["build", "Build"],
  ["connect", "Connect"],
  ["organisation", "Organisation"],
];

export const SECTIONS: readonly Section[] = [
  { name: "Overview", icon: <ChartNoAxesColumn />, key: "o", group: "observe", path: paths.overview, exact: true },
  { name: "Dashboards", icon: <LayoutDashboard />, key: "d", group: "observe", path: (project) => paths.dashboards(project) },
  { name: "Traces", icon: <Activity />, key: "t", group: "observe", path: (project) => paths.traces(project) },
  { name: "Sessions", icon: <MessagesSquare />, key: "i", group: "observe", path: (project) => paths.sessions(project) },
  { name: "Users", icon: <UsersRound />, key: "w", group: "observe", path: (project) => paths.users(project) },
  { name: "Costs", icon: <CircleDollarSign />, key: "c", group: "observe", path: (project) => paths.costs(project) },
  { name: "Prompts", icon: <MessageSquareText />, key: "p", group: "build", path: (project) => paths.prompts(project) },
  { name: "Releases", icon: <Rocket />, key: "r", group: "build", path: (project) => paths.releases(project) },
  { name: "Get started", icon: <Sparkles />, key: "s", group: "connect", path: paths.setup },
  { name: "Telemetry", icon: <Radio />, key: "l", group: "connect", path: (project) => paths.telemetry(project) },
  { name: "Data & privacy", icon: <ShieldCheck />, key: "y", group: "connect", path: (project) => paths.privacy(project) },
  { name: "Providers", icon: <Blocks />, key: "m", group: "connect", path: paths.providers },
  { name: "API keys", icon: <KeyRound />, key: "k", group: "connect", path: paths.keys },
  { name: "Audit log", icon: <ScrollText />, key: "a", group: "connect", path: paths.audit },
  { name: "Project settings", icon: <Settings />, key: "e", group: "connect", path: paths.settings },
  { name: "Members", icon: <Users />, key: "u", group: "organisation", path: () => paths.members() },
  { name: "Organisation settings", icon: <Building2 />, key: "n", group: "organisation", path: () => paths.organisationSettings() },
];
