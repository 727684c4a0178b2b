import { useState } from "react";
import { Navigate, useSearchParams } from "react-router";

import { describeError } from "@/api/error";
import { useSessionQuery, useSignIn } from "@/api/session";
import { Logo } from "@/app/Logo";
import { Button } from "@/design/Button";
import { Field, Input } from "@/design/Field";
import { paths } from "@/paths";

import { nextAfterSignIn } from "./next";
import styles from "./SignInPage.module.css";

/** Where somebody without a session comes in. */
export function SignInPage() {
  const [search] = useSearchParams();
  const session = useSessionQuery();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  if (session.data) return <Navigate to={nextAfterSignIn(search.get("next")) ?? paths.home()} replace />;

  const missing = email === "" || password === "" ? "Enter your email address and your password." : null;
  return (
    <main className={styles.page}>
      <title>Sign in · Trimtab</title>
      <div className={styles.panel}>
        <Logo size={40} />
        <h1 className={styles.title}>Sign in to Trimtab</h1>
        <p className={styles.lead}>Prompts, releases, traces and cost, in one place.</p>
        <form
          className={styles.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!missing) signIn.mutate({ email, password });
          }}
        >
          <Field label="Email">
            {(control) => (
              <Input {...control} type="email" autoComplete="username" autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
            )}
          </Field>
          <Field label="Password">
            {(control) => (
              <Input {...control} type="password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
            )}
          </Field>
          {signIn.error ? (
            <p role="alert" className={styles.error}>
              {describeError(signIn.error)}
            </p>
          ) : null}
          <Button type="submit" variant="primary" size="lg" busy={signIn.isPending} disabledReason={missing}>
            Sign in
          </Button>
        </form>
        <p className={styles.foot}>
          The first start prints the administrator’s address and password in its terminal. Later, an administrator adds members under Organisation.
        </p>
      </div>
    </main>
  );
}
