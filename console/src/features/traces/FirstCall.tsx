import { useState } from "react";
import { Link } from "react-router";

import type { ProjectRef } from "@/api/types";
import { Code } from "@/design/Code";
import { Skeleton } from "@/design/Skeleton";
import { Tabs } from "@/design/Tabs";
import { useModels } from "@/features/releases/queries";
import { useSetup } from "@/features/setup/queries";
import { paths } from "@/paths";

import styles from "./FirstCall.module.css";
import { curlSnippet, pythonSnippet, type Target } from "./snippet";

/** What to call first: a model that the project has. Null while that is not known. */
function useTarget(project: ProjectRef): Target | null {
  const setup = useSetup(project.id);
  const models = useModels(project.id);
  if (!setup.data || !models.data) return null;
  const model = setup.data.sample?.model ?? models.data.find((each) => each.kind !== "prompt")?.id ?? "openai/gpt-5-mini";
  return { gatewayUrl: setup.data.gateway_url.replace(/\/+$/, ""), model };
}

/** A first call to copy, with the address of this gateway and a model that this project has. */
export function FirstCall({ project }: { project: ProjectRef }) {
  const target = useTarget(project);
  const [language, setLanguage] = useState<"python" | "curl">("python");
  return (
    <div className={styles.first}>
      <Tabs
        variant="pill"
        label="Language"
        value={language}
        onChange={setLanguage}
        tabs={[
          { value: "python", label: "OpenAI SDK" },
          { value: "curl", label: "curl" },
        ]}
        end={
          <Link className={styles.link} to={paths.keys(project.slug)}>
            Create a key
          </Link>
        }
      />
      {target ? (
        <Code language={language === "python" ? "python" : "shell"} code={language === "python" ? pythonSnippet(target) : curlSnippet(target)} />
      ) : (
        <Skeleton height={190} radius={10} />
      )}
    </div>
  );
}
