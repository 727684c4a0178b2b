import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";

import { useProject, useRight } from "@/api/session";
import { useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Code, InlineCode } from "@/design/Code";
import { Field } from "@/design/Field";
import { Select } from "@/design/Select";
import { NewKeyDialog } from "@/features/keys/NewKeyDialog";
import { paths } from "@/paths";

import { CLIENTS, exportsOf } from "./connect";
import { useDoors } from "./queries";
import styles from "./Telemetry.module.css";

/** How an application is pointed here: variables of its environment, and no change of its code. */
export function ConnectTab() {
  const project = useProject();
  const admin = useRight("admin");
  const doors = useDoors(project.id);
  const [view, setView] = useView();
  const [key, setKey] = useState<string | null>(null);
  const [isMakingKey, setMakingKey] = useState(false);
  const client = CLIENTS.find((each) => each.id === view.get("client")) ?? CLIENTS[0];
  if (!client) return null;
  return (
    <Card
      title="Connect an application"
      description="One that already sends telemetry needs these variables and no change of code. Its first spans stand under Arrivals within two seconds."
      actions={
        <Button size="sm" icon={<KeyRound />} disabledReason={admin.reason} onClick={() => setMakingKey(true)}>
          Put in a new key
        </Button>
      }
    >
      <div className={styles.connect}>
        <Field label="Client">
          {(control) => (
            <Select
              {...control}
              value={client.id}
              onChange={(id) => setView({ client: id === CLIENTS[0]?.id ? null : id })}
              options={CLIENTS.map((each) => ({ value: each.id, label: each.title }))}
            />
          )}
        </Field>
        <Code
          title={client.title}
          language="shell"
          wrap
          copyLabel="Copy the variables"
          code={exportsOf(client, { http: window.location.origin, grpcPort: doors.data?.grpc_port ?? null, key: key ?? "tt_…" })}
        />
        {client.note ? <p className={styles.quiet}>{client.note}</p> : null}
        <p className={styles.quiet}>
          Any <Link to={paths.keys(project.slug)}>API key</Link> of {project.name} with the scope <InlineCode>call</InlineCode> will do: it decides the project, and the
          environment unless the resource names one as <InlineCode>deployment.environment.name</InlineCode>. A key that may route goes by{" "}
          <InlineCode>x-project-name</InlineCode> and its like.
        </p>
      </div>
      {isMakingKey ? <NewKeyDialog onSecret={setKey} onClose={() => setMakingKey(false)} /> : null}
    </Card>
  );
}
