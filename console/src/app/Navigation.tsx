import { ChevronsUpDown, LogOut, Monitor, Moon, Plus, Search, Settings, Sun, UserRound } from "lucide-react";
import { NavLink, useNavigate, useSearchParams } from "react-router";

import { useRight, useSession, useSignOut } from "@/api/session";
import type { ProjectRef } from "@/api/types";
import { classes } from "@/design/classes";
import { Keys } from "@/design/Keys";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/design/Menu";
import { paths, withQuery } from "@/paths";

import { Logo } from "./Logo";
import styles from "./Navigation.module.css";
import { carriedSearch } from "./scope";
import { GROUPS, SECTIONS } from "./sections";
import { setTheme, useTheme, type ThemeChoice } from "./theme";

interface NavigationProps {
  project: ProjectRef;
  projects: readonly ProjectRef[];
  onSearch: () => void;
}

/** The side of the console: which project, where to go, who you are. */
export function Navigation({ project, projects, onSearch }: NavigationProps) {
  const [search] = useSearchParams();
  const carried = carriedSearch(search);
  return (
    <aside className={styles.side}>
      <ProjectSwitcher project={project} projects={projects} />
      <button type="button" className={styles.search} onClick={onSearch} aria-label="Search and commands">
        <Search aria-hidden />
        <span className={styles.wide}>Search</span>
        <span className={classes(styles.wide, styles.keys)}>
          <Keys keys="ctrl+k" />
        </span>
      </button>
      <nav className={styles.nav} aria-label="Main">
        {GROUPS.map(([group, title]) => (
          <div key={group} className={styles.group}>
            <p className={styles.groupTitle} id={`nav-${group}`}>
              {title}
            </p>
            <ul aria-labelledby={`nav-${group}`}>
              {SECTIONS.filter((section) => section.group === group).map((section) => (
                <li key={section.name}>
                  <NavLink
                    to={section.path(project.slug) + (group === "observe" ? carried : "")}
                    end={section.exact ?? false}
                    className={({ isActive }) => classes(styles.link, isActive && styles.here)}
                    aria-label={section.name}
                    title={`${section.name} (g ${section.key})`}
                  >
                    {section.icon}
                    <span className={styles.wide}>{section.name}</span>
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <UserMenu />
    </aside>
  );
}

function ProjectSwitcher({ project, projects }: { project: ProjectRef; projects: readonly ProjectRef[] }) {
  const navigate = useNavigate();
  const session = useSession();
  const admin = useRight("admin");
  return (
    <Menu
      width={248}
      trigger={
        <button type="button" className={styles.project} aria-label={`Project: ${project.name}`}>
          <Logo />
          <span className={classes(styles.wide, styles.projectText)}>
            <span className={styles.projectName}>{project.name}</span>
            <span className={styles.organisation}>{session.organisation.name}</span>
          </span>
          <ChevronsUpDown className={classes(styles.wide, styles.chevron)} aria-hidden />
        </button>
      }
    >
      <MenuLabel>Projects</MenuLabel>
      {projects.map((each) => (
        <MenuItem key={each.id} checked={each.id === project.id} onSelect={() => void navigate(paths.overview(each.slug))}>
          {each.name}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem
        icon={<Plus />}
        disabledReason={admin.allowed ? null : "admins only"}
        onSelect={() => void navigate(withQuery(paths.organisationSettings(), { new: "project" }))}
      >
        New project
      </MenuItem>
      <MenuItem icon={<Settings />} onSelect={() => void navigate(paths.organisationSettings())}>
        Organisation settings
      </MenuItem>
    </Menu>
  );
}

const THEMES: readonly [ThemeChoice, string, typeof Sun][] = [
  ["light", "Light", Sun],
  ["dark", "Dark", Moon],
  ["system", "System", Monitor],
];

function UserMenu() {
  const { user, role } = useSession();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const theme = useTheme();
  return (
    <div className={styles.foot}>
      <Menu
        side="top"
        width={224}
        trigger={
          <button type="button" className={styles.user} aria-label={`Account: ${user.name}`}>
            <span className={styles.avatar} aria-hidden>
              {initials(user.name)}
            </span>
            <span className={classes(styles.wide, styles.projectText)}>
              <span className={styles.userName}>{user.name}</span>
              <span className={styles.organisation}>{role}</span>
            </span>
          </button>
        }
      >
        <MenuLabel>{user.email}</MenuLabel>
        <MenuItem icon={<UserRound />} onSelect={() => void navigate(paths.account())}>
          Account
        </MenuItem>
        <MenuSeparator />
        <MenuLabel>Theme</MenuLabel>
        {THEMES.map(([choice, name, Icon]) => (
          <MenuItem key={choice} icon={<Icon />} checked={theme === choice} onSelect={() => setTheme(choice)}>
            {name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem icon={<LogOut />} onSelect={() => signOut.mutate()}>
          Sign out
        </MenuItem>
      </Menu>
    </div>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.charAt(0) ?? "") + (words.length > 1 ? (words.at(-1)?.charAt(0) ?? "") : "")).toUpperCase();
}
