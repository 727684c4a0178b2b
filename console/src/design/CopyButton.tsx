import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button, IconButton } from "./Button";

interface CopyButtonProps {
  text: string;
  /** What is copied, for the accessible name: "Copy trace id". */
  label: string;
  /** Shows the label beside the icon. */
  withText?: boolean;
  size?: "sm" | "md";
}

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, label, withText = false, size = "sm" }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_600);
    });
  };
  const icon = copied ? <Check /> : <Copy />;
  if (withText) {
    return (
      <Button size={size} icon={icon} onClick={copy}>
        {copied ? "Copied" : label}
      </Button>
    );
  }
  return (
    <IconButton label={copied ? "Copied" : label} size={size} onClick={copy}>
      {icon}
    </IconButton>
  );
}
