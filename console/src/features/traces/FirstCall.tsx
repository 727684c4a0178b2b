import { useState } from "react";
import { Link } from "react-router";

import type { ProjectRef } from "@/api/types";
import { Code } from "@/design/Code";
import { Tabs } from "@/design/Tabs";
import { paths } from "@/paths";

import styles from "./FirstCall.module.css";
import { useSetup } from "./queries";
import { curlSnippet, pythonSnippet } from "./snippet";

/** A first call to copy, with the address of this gateway and a model that this project has. */
export function FirstCall({ project }: { project: ProjectRef }) {
  const { data } = useSetup();
  const [language, setLanguage] = useState<"python" | "curl">("python");
  const target = { gatewayUrl: data?.gateway_url ?? "http://127.0.0.1:4000", prompt: data?.sample?.prompt ?? null, model: data?.sample?.model ?? null };
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
      <Code language={language === "python" ? "python" : "shell"} code={language === "python" ? pythonSnippet(target) : curlSnippet(target)} />
    </div>
  );
}
