import { Blocks, Plus } from "lucide-react";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { InlineCode } from "@/design/Code";
import { EmptyState } from "@/design/EmptyState";
import { Page } from "@/design/Page";
import { Skeleton } from "@/design/Skeleton";

import { AliasesCard } from "./AliasesCard";
import { ProviderCard } from "./ProviderCard";
import { ProviderDialog } from "./ProviderDialog";
import styles from "./ProvidersPage.module.css";
import { useKinds, useProviders } from "./queries";

const NEW = "new";

/** Which providers' models the project can call, and other names for them. */
export function ProvidersPage() {
  const project = useProject();
  const admin = useRight("admin");
  const [view, setView] = useView();
  const providers = useProviders(project.id);
  const kinds = useKinds();
  const error = providers.error ?? kinds.error;
  const asked = view.get("provider");
  const edited = providers.data?.find((each) => each.id === asked) ?? null;
  const add = (
    <Button variant="primary" icon={<Plus />} disabledReason={admin.reason} onClick={() => setView({ provider: NEW })}>
      Add provider
    </Button>
  );
  return (
    <Page title="Providers" actions={add}>
      {error ? (
        <ErrorView error={error} onRetry={() => void providers.refetch()} />
      ) : !providers.data || !kinds.data ? (
        <Skeleton height={120} radius={10} />
      ) : (
        <div className={styles.page}>
          {providers.data.length === 0 ? (
            <EmptyState icon={<Blocks />} title="Connect a provider" action={add}>
              <p>
                A provider is where models run: OpenAI, Anthropic, your own server. Its key is sealed here and used by the gateway alone, so
                applications need only a key of Trimtab. Models are then called as <InlineCode>openai/gpt-5-mini</InlineCode>.
              </p>
            </EmptyState>
          ) : (
            <ul className={styles.list} aria-label="Providers">
              {providers.data.map((provider) => (
                <ProviderCard
                  key={provider.id}
                  provider={provider}
                  kind={kinds.data.find((each) => each.kind === provider.kind)}
                  onEdit={() => setView({ provider: provider.id })}
                />
              ))}
            </ul>
          )}
          <AliasesCard />
        </div>
      )}
      {kinds.data && providers.data && admin.allowed && (asked === NEW || edited) ? (
        <ProviderDialog key={asked} provider={edited} kinds={kinds.data} taken={providers.data.map((each) => each.name)} onClose={() => setView({ provider: null })} />
      ) : null}
    </Page>
  );
}
