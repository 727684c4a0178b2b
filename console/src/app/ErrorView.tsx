import { CircleAlert, Compass } from "lucide-react";
import { Link, useRouteError } from "react-router";

import { ApiError, describeError } from "@/api/error";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { paths } from "@/paths";

import styles from "./ErrorView.module.css";

/** Says what went wrong inside a page, and offers to try again. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error instanceof ApiError && error.status === 404) return <NotFound message={describeError(error)} />;
  return (
    <div role="alert">
      <EmptyState
        icon={<CircleAlert />}
        title="This could not be shown"
        action={<Button onClick={onRetry ?? (() => window.location.reload())}>Try again</Button>}
      >
        <p>{describeError(error)}</p>
      </EmptyState>
    </div>
  );
}

/** The page for an address or a thing that is not there. */
export function NotFound({ message = "There is nothing at this address." }: { message?: string }) {
  return (
    <EmptyState
      icon={<Compass />}
      title="Not found"
      action={
        <Link className={styles.link} to={paths.home()}>
          Back to the overview
        </Link>
      }
    >
      <p>{message}</p>
    </EmptyState>
  );
}

/** Catches what a page threw while it rendered. */
export function RouteError() {
  return <ErrorView error={useRouteError()} />;
}
