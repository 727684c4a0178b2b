import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError, describeError } from "@/api/error";
import { useRight } from "@/api/session";
import { Button } from "@/design/Button";
import { Code, InlineCode } from "@/design/Code";
import { Dialog } from "@/design/Dialog";
import { Field, TextArea } from "@/design/Field";
import { useToast } from "@/design/Toast";

import { dashboardYaml, NotADashboard, readDashboard } from "./code";
import { useSaveDashboard } from "./queries";
import type { Kept } from "./types";

/** The dashboard as the file that `trimtab dashboards apply` takes; one of the project's own can be replaced by another text. */
export function CodeDialog({ kept, onClose }: { kept: Kept; onClose: () => void }) {
  const { data: yaml } = useQuery({ queryKey: ["dashboard-yaml", kept.dashboard], queryFn: () => dashboardYaml(kept.dashboard), staleTime: Infinity });
  const write = useRight("write");
  if (yaml === undefined) return null;
  if (!kept.is_builtin && write.allowed) return <Editor kept={kept} yaml={yaml} onClose={onClose} />;
  return (
    <Dialog open onOpenChange={onClose} title={`${kept.dashboard.title} as YAML`} width={720} description="Keep it in a file, change it, and apply it under another name.">
      <Code code={yaml} title={`${kept.dashboard.name}.yaml`} maxHeight={440} copyLabel="Copy YAML" />
    </Dialog>
  );
}

function Editor({ kept, yaml, onClose }: { kept: Kept; yaml: string; onClose: () => void }) {
  const [text, setText] = useState(yaml);
  const [fault, setFault] = useState<string | null>(null);
  const save = useSaveDashboard();
  const toast = useToast();
  const apply = async () => {
    setFault(null);
    try {
      const dashboard = await readDashboard(text);
      if (dashboard.name !== kept.dashboard.name) throw new NotADashboard(`name: expected ${kept.dashboard.name}, found ${dashboard.name}. Under another name it would be another dashboard; duplicate this one for that.`);
      await save.mutateAsync({ dashboard, revision: kept.revision });
      toast.done(`${dashboard.title} is saved`);
      onClose();
    } catch (error) {
      setFault(faultOf(error));
    }
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`${kept.dashboard.title} as YAML`}
      width={720}
      description={
        <>
          Keep it in a file, or paste another version over it. <InlineCode>trimtab dashboards apply {kept.dashboard.name}.yaml</InlineCode> does the same.
        </>
      }
      footer={
        <>
          <Button onClick={() => void navigator.clipboard.writeText(text).then(() => toast.done("YAML copied"))}>Copy</Button>
          <Button variant="primary" busy={save.isPending} disabledReason={text === yaml && "Nothing has been changed."} onClick={() => void apply()}>
            Apply
          </Button>
        </>
      }
    >
      <Field label="YAML" hideLabel error={fault}>
        {(control) => <TextArea {...control} mono autoFocus rows={18} spellCheck={false} wrap="off" value={text} onChange={(event) => setText(event.target.value)} />}
      </Field>
    </Dialog>
  );
}

function faultOf(error: unknown): string {
  if (error instanceof NotADashboard) return error.message;
  if (error instanceof ApiError && error.status === 409) return "Somebody has saved this dashboard since you opened it. Close this window and reload before you apply yours.";
  return describeError(error);
}
