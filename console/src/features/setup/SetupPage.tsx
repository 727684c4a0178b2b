import { Check, CircleDashed, KeyRound } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Code, InlineCode } from "@/design/Code";
import { RelativeTime } from "@/design/Figures";
import { Page } from "@/design/Page";
import { Skeleton } from "@/design/Skeleton";
import { Tabs } from "@/design/Tabs";
import { paths } from "@/paths";

import { NewKeyDialog } from "../keys/NewKeyDialog";
import { usePrompts, useVersion, type PromptRow } from "../prompts/queries";
import { LANGUAGES, snippet, type Language } from "../prompts/snippet";
import { useFirstTrace, useSetup, type Setup } from "./queries";
import { currentStep, stepsOf, type Step } from "./steps";
import styles from "./SetupPage.module.css";

/** From nothing to the first call that is seen, with each step ticked off as it happens. */
export function SetupPage() {
  const project = useProject();
  const setup = useSetup(project.id, true);
  const prompts = usePrompts(project.id, "");
  const trace = useFirstTrace(project.id);
  if (setup.error) return <ErrorView error={setup.error} onRetry={() => void setup.refetch()} />;
  const all = prompts.data?.pages.flatMap((page) => page.items) ?? [];
  const callable = all.find((each) => each.name === setup.data?.sample?.prompt) ?? all.find((each) => each.live.length > 0) ?? null;
  return (
    <Page title="Get started" layout="narrow" description="Three steps to the first call that you can see here. This page follows along as you go.">
      {setup.data && prompts.data ? (
        <Steps setup={setup.data} prompt={callable} hasPrompts={all.length > 0} trace={trace.data ?? null} />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
    </Page>
  );
}

interface StepsProps {
  setup: Setup;
  prompt: PromptRow | null;
  hasPrompts: boolean;
  trace: { id: string; at: string; isSample: boolean } | null;
}

function Steps({ setup, prompt, hasPrompts, trace }: StepsProps) {
  const project = useProject();
  const steps = stepsOf({ hasProvider: setup.has_provider, isReleased: prompt !== null, hasCall: trace !== null && !trace.isSample });
  const current = currentStep(steps);
  return (
    <ol className={styles.steps} aria-label="Steps">
      <StepItem number={1} title="Connect a provider" state={steps.provider} isCurrent={current === "provider"}>
        {setup.has_provider ? (
          <p>
            Models can be called. See <Link to={paths.providers(project.slug)}>Providers</Link> to add others: one form, and its key never leaves the
            gateway.
          </p>
        ) : (
          <p>
            Give Trimtab a key of OpenAI, Anthropic or another provider, or the address of your own server. <Link to={paths.providers(project.slug)}>Add a provider</Link>
          </p>
        )}
      </StepItem>
      <StepItem number={2} title="Release a prompt" state={steps.prompt} isCurrent={current === "prompt"}>
        {prompt ? <ReleasedPrompt prompt={prompt} /> : (
          <p>
            {hasPrompts ? (
              <>
                Open one of your <Link to={paths.prompts(project.slug)}>prompts</Link> and choose Release…
              </>
            ) : (
              <>
                <Link to={paths.newPrompt(project.slug)}>Write a prompt</Link>, save it, and choose Release…
              </>
            )}{" "}
            It is live within a second.
          </p>
        )}
      </StepItem>
      <StepItem number={3} title="Call it from your code" state={steps.call} isCurrent={current === "call"}>
        <CallIt setup={setup} prompt={prompt} />
        <FirstCallSeen trace={trace} />
      </StepItem>
    </ol>
  );
}

interface StepItemProps {
  number: number;
  title: string;
  state: Step;
  isCurrent: boolean;
  children: ReactNode;
}

function StepItem({ number, title, state, isCurrent, children }: StepItemProps) {
  const isDone = state === "done";
  return (
    <li className={styles.step} data-state={state} aria-label={title} aria-current={isCurrent ? "step" : undefined}>
      <span className={styles.mark} aria-hidden>
        {isDone ? <Check /> : number}
      </span>
      <div className={styles.body}>
        <h2>
          {title} <span className="visually-hidden">{isDone ? "(done)" : "(to do)"}</span>
        </h2>
        {children}
      </div>
    </li>
  );
}

function ReleasedPrompt({ prompt }: { prompt: PromptRow }) {
  const project = useProject();
  return (
    <p>
      <Link to={paths.prompt(project.slug, prompt.id)}>{prompt.name}</Link> is live
      {prompt.live.length > 0 ? <> in {prompt.live.map((live) => `${live.environment} (version ${live.version}, ${live.model})`).join(", ")}</> : null}. Change it in
      the editor, release the new version, and the next call uses it.
    </p>
  );
}

/** What the snippet calls: the released prompt with the variables of its live version, else one to imagine. */
function useCallable(prompt: PromptRow | null) {
  const project = useProject();
  const live = prompt?.live.find((each) => each.environment === "production") ?? prompt?.live[0];
  const version = useVersion(project.id, prompt?.id ?? "", live?.version);
  if (!prompt) return { title: "your prompt", prompt: "support/answer", environment: "production", variables: [] };
  return { title: `prompt:${prompt.name}`, prompt: prompt.name, environment: live?.environment ?? null, variables: version.data?.variables ?? [] };
}

function CallIt({ setup, prompt }: { setup: Setup; prompt: PromptRow | null }) {
  const project = useProject();
  const admin = useRight("admin");
  const { title, ...call } = useCallable(prompt);
  const [language, setLanguage] = useState<Language>("openai");
  const [key, setKey] = useState<string | null>(null);
  const [isMakingKey, setMakingKey] = useState(false);
  const made = key === null ? {} : { key };
  return (
    <>
      <p>
        Point the OpenAI SDK at <InlineCode>{setup.gateway_url}/v1</InlineCode> and use a <Link to={paths.keys(project.slug)}>key of Trimtab</Link>. Nothing else in
        your code changes.
      </p>
      <Tabs
        label="Language"
        variant="pill"
        value={language}
        onChange={setLanguage}
        tabs={LANGUAGES.map((each) => ({ value: each.id, label: each.title }))}
        end={
          key === null ? (
            <Button size="sm" icon={<KeyRound />} disabledReason={admin.reason} onClick={() => setMakingKey(true)}>
              Put in a new key
            </Button>
          ) : null
        }
      />
      <Code
        title={title}
        language={language === "curl" ? "shell" : "python"}
        code={snippet(language, { ...call, ...made, gatewayUrl: setup.gateway_url, serverUrl: window.location.origin })}
      />
      {isMakingKey ? <NewKeyDialog onSecret={setKey} onClose={() => setMakingKey(false)} /> : null}
    </>
  );
}

function FirstCallSeen({ trace }: { trace: StepsProps["trace"] }) {
  const project = useProject();
  if (!trace || trace.isSample) {
    return (
      <p className={styles.waiting} role="status">
        <CircleDashed aria-hidden />
        <span>Waiting for your first call…</span>
        {trace ? (
          <Link to={paths.trace(project.slug, trace.id)}>
            Meanwhile, look at a sample call <Badge>sample</Badge>
          </Link>
        ) : null}
      </p>
    );
  }
  return (
    <p className={styles.seen} role="status">
      <Check aria-hidden />
      <span>
        Your call was seen: <RelativeTime at={trace.at} />.
      </span>
      <Link to={paths.trace(project.slug, trace.id)}>Open its trace</Link>
    </p>
  );
}
