import { Download } from "lucide-react";

import { Button } from "@/design/Button";
import { Menu, MenuItem } from "@/design/Menu";
import type { Range } from "@/design/range";

import { download } from "./download";
import type { Filter } from "./filter";
import { useExportPath } from "./queries";

const FORMS = [
  ["jsonl", "JSON lines", "one call a line"],
  ["parquet", "Parquet", "for data frames"],
] as const;

/** Takes the calls that match home as a file, with their messages. */
export function ExportMenu({ range, filter }: { range: Range; filter: Filter }) {
  const pathOf = useExportPath(range, filter);
  return (
    <Menu
      align="end"
      trigger={
        <Button variant="ghost" size="sm" icon={<Download />}>
          Export
        </Button>
      }
    >
      {FORMS.map(([form, title, hint]) => (
        <MenuItem key={form} hint={hint} onSelect={() => download(pathOf(form))}>
          {title}
        </MenuItem>
      ))}
    </Menu>
  );
}
