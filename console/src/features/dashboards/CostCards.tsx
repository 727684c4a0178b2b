import type { ReactNode } from "react";
import { Link } from "react-router";

import { describeError } from "@/api/error";
import { useView } from "@/app/scope";
import { classes } from "@/design/classes";
import { exactMoney, formatMoney, formatPercent } from "@/design/format";
import { WhySum } from "@/features/costs/WhySum";
import { Notice } from "@/design/Notice";
import { ShareCurve } from "@/design/ShareCurve";
import { Skeleton } from "@/design/Skeleton";
import { Tabs } from "@/design/Tabs";

import { Breakdown } from "./Breakdown";
import styles from "./CostCards.module.css";
import { conditionOf } from "./drill";
import { concentrationWords, placesOf } from "./outlook";
import panel from "./Panel.module.css";
import { useCalls, usePlace } from "./place";
import { CONCENTRATIONS, useConcentration, useForecast, type ConcentratedBy } from "./queries";

/** What the cost dashboard has beside its panels: what the month will come to, who makes it up, and any two dimensions at once. */
export function CostCards() {
  return (
    <>
      <Forecast />
      <Concentration />
      <Breakdown />
    </>
  );
}

interface CostCardProps {
  title: string;
  width: number;
  end?: ReactNode;
  children: ReactNode;
}

/** A card in the grid of panels. */
export function CostCard({ title, width, end, children }: CostCardProps) {
  return (
    <section className={panel.panel} style={{ ["--span" as string]: width }} aria-label={title}>
      <header className={panel.header}>
        <h2 className={panel.title}>{title}</h2>
        {end}
      </header>
      {children}
    </section>
  );
}

const month = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const percentOf = (share: number): string => `${share * 100}%`;

function Forecast() {
  const { environment } = usePlace();
  const { data, error } = useForecast(environment);
  const places = data ? placesOf(data) : null;
  return (
    <CostCard title={data ? `Forecast for ${month.format(new Date(data.month))}` : "Forecast"} width={6}>
      {error && !data ? (
        <div className={panel.body}>
          <Notice tone="bad">{describeError(error)}</Notice>
        </div>
      ) : !data ? (
        <div className={panel.waiting}>
          <Skeleton height="100%" radius={6} />
        </div>
      ) : (
        <div className={styles.forecast}>
          <div>
            <p className={styles.big} title={data.expected_usd === null ? undefined : exactMoney(data.expected_usd)}>
              {data.expected_usd === null ? "not known yet" : formatMoney(data.expected_usd)}
            </p>
            {data.low_usd !== null && data.high_usd !== null ? (
              <p className={styles.quiet}>
                {formatPercent(data.interval)} likely between <b>{formatMoney(data.low_usd)}</b> and <b>{formatMoney(data.high_usd)}</b>
              </p>
            ) : null}
          </div>
          {places ? (
            <div className={styles.track} role="img" aria-label={`${formatMoney(data.spent_usd)} spent, ${formatMoney(data.expected_usd ?? "0")} expected at the end of the month`}>
              <span className={styles.interval} style={{ left: percentOf(places.low), width: percentOf(places.high - places.low) }} />
              <span className={styles.expected} style={{ width: percentOf(places.expected) }} />
              <span className={styles.spent} style={{ width: percentOf(places.spent) }} />
              <span className={styles.tick} style={{ left: percentOf(places.expected) }} />
            </div>
          ) : null}
          <dl className={styles.facts}>
            <Fact name="Spent so far" color="--category-1">
              <WhySum title="Spent so far this month" range={{ kind: "between", from: new Date(data.month), to: new Date() }} environment={environment} of="calls">
                <span title={exactMoney(data.spent_usd)}>{formatMoney(data.spent_usd)}</span>
              </WhySum>
            </Fact>
            <Fact name="Days observed">{data.days_observed}</Fact>
            <Fact name="Method">{data.method.replaceAll("_", " ")}</Fact>
          </dl>
          {data.note ? <p className={styles.note}>{data.note}</p> : null}
        </div>
      )}
    </CostCard>
  );
}

function Fact({ name, color, children }: { name: string; color?: string; children: ReactNode }) {
  return (
    <div>
      <dt>
        {color ? <span className={styles.swatch} style={{ background: `var(${color})` }} /> : null}
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

const TITLES: Record<ConcentratedBy, string> = { user: "Users", session: "Sessions", prompt: "Prompts", feature: "Features", model: "Models" };
const LISTED = 6;

function Concentration() {
  const { range, environment } = usePlace();
  const calls = useCalls();
  const [view, change] = useView();
  const by = CONCENTRATIONS.find((each) => each === view.get("who")) ?? "user";
  const found = useConcentration(by, range, environment);
  const { data } = found;
  const tabs = (
    <Tabs
      variant="pill"
      label="Whose cost"
      value={by}
      onChange={(next) => change({ who: next === "user" ? null : next })}
      tabs={CONCENTRATIONS.map((each) => ({ value: each, label: TITLES[each] }))}
    />
  );
  return (
    <CostCard title="Concentration" width={6} end={tabs}>
      {found.error && !data ? (
        <div className={panel.body}>
          <Notice tone="bad">{describeError(found.error)}</Notice>
        </div>
      ) : !data ? (
        <div className={panel.waiting}>
          <Skeleton height="100%" radius={6} />
        </div>
      ) : data.top.length === 0 ? (
        <p className={panel.empty}>No cost in this range has a {by}.</p>
      ) : (
        <div className={classes(styles.concentration, found.isPlaceholderData && panel.stale)}>
          <p className={styles.words}>
            {concentrationWords(data.top, data.groups, TITLES[by].toLowerCase())}
            {data.gini === null ? null : <span className={styles.quiet}> Gini {data.gini.toFixed(2)}</span>}
          </p>
          <div className={styles.two}>
            <ShareCurve label={`Share of the cost of the dearest ${TITLES[by].toLowerCase()}`} shares={data.top.map((each) => ({ name: each.key, share: each.cumulative_share }))} of={data.groups} />
            <ol className={styles.top}>
              {data.top.slice(0, LISTED).map((each) => (
                <li key={each.key}>
                  <Link className={panel.key} to={calls.path(conditionOf(by, each.key))}>
                    {each.key}
                  </Link>
                  <WhySum title={`Cost of ${each.key}`} range={range} environment={environment} of="calls" by={[by]} values={[each.key]}>
                    <span title={exactMoney(each.cost_usd)}>{formatMoney(each.cost_usd)}</span>
                  </WhySum>
                  <span className={styles.quiet}>{formatPercent(each.share)}</span>
                </li>
              ))}
            </ol>
          </div>
          {Number(data.unattributed_usd) > 0 ? (
            <p className={styles.note}>
              {formatMoney(data.unattributed_usd)} more is of calls without a {by}.
            </p>
          ) : null}
        </div>
      )}
    </CostCard>
  );
}
