import { useState } from "react";

import { describeError } from "@/api/error";
import { useSession } from "@/api/session";
import { setTheme, useTheme, type ThemeChoice } from "@/app/theme";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Choice } from "@/design/Choice";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Page } from "@/design/Page";
import { useToast } from "@/design/Toast";

import { useChangePassword } from "./queries";
import styles from "./settings.module.css";

const THEMES: readonly { value: ThemeChoice; title: string }[] = [
  { value: "light", title: "Light" },
  { value: "dark", title: "Dark" },
  { value: "system", title: "As the system" },
];

/** One's own account: who one is, how the console looks, and the password. */
export function AccountPage() {
  const { user, role, organisation } = useSession();
  const theme = useTheme();
  return (
    <Page title="Account" layout="narrow">
      <div className={styles.sections}>
        <Card title="You">
          <dl className={styles.facts}>
            <dt>Name</dt>
            <dd>{user.name}</dd>
            <dt>Email</dt>
            <dd>{user.email}</dd>
            <dt>Role</dt>
            <dd>
              {role} in {organisation.name}
            </dd>
          </dl>
        </Card>
        <Card title="Appearance">
          <Choice label="Theme" value={theme} onChange={setTheme} options={THEMES} columns={3} />
        </Card>
        <Card title="Password" description="Changing it signs you out everywhere else.">
          <PasswordForm />
        </Card>
      </div>
    </Page>
  );
}

const LEAST = 10;

function PasswordForm() {
  const change = useChangePassword();
  const toast = useToast();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [isTried, setTried] = useState(false);
  const nextFault = next.length < LEAST ? `At least ${LEAST} characters; this has ${next.length}.` : null;
  const againFault = again === next ? null : "The two are not the same.";
  const submit = () => {
    setTried(true);
    if (current === "" || nextFault !== null || againFault !== null || change.isPending) return;
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          toast.done("The password is changed", "Other sign-ins of yours have ended.");
          setCurrent("");
          setNext("");
          setAgain("");
          setTried(false);
        },
      },
    );
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="Current password" className={styles.wide} error={isTried && current === "" ? "Needed, so that nobody else changes it at your desk." : null}>
        {(control) => <Input {...control} type="password" autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.target.value)} />}
      </Field>
      <Field label="New password" className={styles.wide} hint={`At least ${LEAST} characters. A sentence is easy to remember.`} error={isTried ? nextFault : null}>
        {(control) => <Input {...control} type="password" autoComplete="new-password" value={next} onChange={(event) => setNext(event.target.value)} />}
      </Field>
      <Field label="Repeat new password" className={styles.wide} error={isTried ? againFault : null}>
        {(control) => <Input {...control} type="password" autoComplete="new-password" value={again} onChange={(event) => setAgain(event.target.value)} />}
      </Field>
      {change.error ? <Notice tone="bad">{describeError(change.error)}</Notice> : null}
      <Button type="submit" variant="primary" busy={change.isPending}>
        Change password
      </Button>
    </form>
  );
}
