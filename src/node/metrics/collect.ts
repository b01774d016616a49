// SPDX-License-Identifier: MIT
/** Owns a scrape: asks every connected source at once, and waits for none longer than a limit. */
import { formatEther, formatUnits } from "viem";

import { PATHS } from "../../protocol/evidence.ts";
import { type MetricDefinition, type MetricKey, METRICS, type SourceName } from "./catalogue.ts";
import { SourceLateError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import type { ChallengeTally, MetricSources, RequestOutcome } from "./sources.ts";
import { TRANSACTION_STATES } from "./sources.ts";
import { within } from "./within.ts";

/** Prometheus gives a scrape 10 s. */
export const SOURCE_TIMEOUT_MS = 2_000;

type SampleOf<S extends SourceName> = Awaited<ReturnType<MetricSources[S]>>;
type Note<S extends SourceName> = (
  metrics: Metrics,
  sample: Exclude<SampleOf<S>, undefined>,
) => void;

const toTokens = (units: bigint, decimals: number) => Number(formatUnits(units, decimals));

/** What each source's sample says. */
const NOTES: { [S in SourceName]: Note<S> } = {
  queues: (metrics, lanes) => {
    for (const { lane, depth, active, oldestSeconds, deadLetters } of lanes) {
      metrics.set("queueDepth", { lane }, depth);
      metrics.set("queueActive", { lane }, active);
      metrics.set("queueOldest", { lane }, oldestSeconds);
      metrics.set("queueDeadLetters", { lane }, deadLetters);
    }
  },
  deadlines: (metrics, seconds) => metrics.set("proveDeadline", {}, seconds),
  follower: (metrics, sample) => {
    const gauges = {
      headBlock: sample.headBlock,
      confirmedBlock: sample.confirmedBlock,
      finalBlock: sample.finalBlock,
      blockLag: sample.lagBlocks,
      headAge: sample.headAgeSeconds,
      followerHealthy: sample.healthy,
      deepestReorg: sample.deepestReorg,
    } as const;
    for (const [key, value] of Object.entries(gauges) as [keyof typeof gauges, unknown][])
      if (value !== undefined) metrics.set(key, {}, Number(value));
    if (sample.reorgs !== undefined) metrics.total("reorgs", {}, sample.reorgs);
  },
  transactions: (metrics, { states, replaced, reverted, gasSpentWei }) => {
    for (const state of TRANSACTION_STATES)
      metrics.set("transactions", { state }, states[state] ?? 0);
    metrics.total("transactionsReplaced", {}, replaced);
    metrics.total("transactionsReverted", {}, reverted);
    metrics.total("gasSpent", {}, Number(formatEther(gasSpentWei)));
  },
  balances: (metrics, { keys, ledger, decimals }) => {
    for (const { address, wei } of keys)
      metrics.set("feeBalance", { address }, Number(formatEther(wei)));
    metrics.set("ledgerBalance", {}, toTokens(ledger, decimals));
  },
  stake: (metrics, { total, opted, atRisk, decimals }) => {
    for (const [kind, units] of Object.entries({ total, opted, at_risk: atRisk }))
      metrics.set("stake", { kind }, toTokens(units, decimals));
  },
  tally: (metrics, { requests, earned, slashed, challenges, decimals }) => {
    for (const path of PATHS)
      for (const [outcome, total] of Object.entries(requests[path]) as [RequestOutcome, number][])
        metrics.total("requests", { path, outcome }, total);
    for (const [share, units] of Object.entries(earned))
      metrics.total("earnings", { share }, toTokens(units, decimals));
    metrics.total("slashed", {}, toTokens(slashed, decimals));
    for (const [direction, tally] of Object.entries(challenges) as [string, ChallengeTally][]) {
      const { open, ...outcomes } = tally;
      for (const [outcome, total] of Object.entries(outcomes))
        metrics.total("challenges", { direction, outcome }, total);
      metrics.set("disputesOpen", { direction }, open);
    }
  },
  enclaves: (metrics, keys) => {
    for (const { model, expiresAt } of keys) metrics.set("enclaveKeyExpiry", { model }, expiresAt);
  },
  content: (metrics, kinds) => {
    for (const { kind, entries, bytes } of kinds) {
      metrics.set("contentEntries", { kind }, entries);
      metrics.set("contentBytes", { kind }, bytes);
    }
  },
  database: (metrics, { bytes }) => metrics.set("databaseBytes", {}, bytes),
  leases: (metrics, leases) => {
    for (const { lease, held } of leases) metrics.set("leaseHeld", { lease }, Number(held));
  },
};

export class Collector {
  readonly #metrics: Metrics;
  readonly #sources: Partial<MetricSources>;
  readonly #timeoutMs: number;
  /** Sources that were late and have not answered since: they are not asked twice at a time. */
  readonly #pending = new Set<SourceName>();
  #scrape: Promise<void> | undefined;

  constructor(
    metrics: Metrics,
    sources: Partial<MetricSources>,
    timeoutMs: number = SOURCE_TIMEOUT_MS,
  ) {
    this.#metrics = metrics;
    this.#sources = sources;
    this.#timeoutMs = timeoutMs;
  }

  /** Asks all sources; who scrapes meanwhile shares the answers. */
  collect(): Promise<void> {
    this.#scrape ??= this.#collect().finally(() => (this.#scrape = undefined));
    return this.#scrape;
  }

  async #collect(): Promise<void> {
    const names = Object.keys(this.#sources) as SourceName[];
    await Promise.all(names.map((name) => this.#ask(name)));
  }

  async #ask<S extends SourceName>(name: S): Promise<void> {
    const source = this.#sources[name];
    if (source === undefined) return;
    try {
      const asking = this.#once(name, source as () => Promise<SampleOf<S>>);
      const sample = await within(name, this.#timeoutMs, asking);
      this.#forget(name);
      if (sample !== undefined)
        NOTES[name](this.#metrics, sample as Exclude<SampleOf<S>, undefined>);
    } catch {
      // Whatever it is, the scrape goes on: the counter tells, and an alert watches it.
      this.#forget(name);
      this.#metrics.count("scrapeErrors", { source: name });
    }
  }

  async #once<S extends SourceName>(name: S, source: () => Promise<SampleOf<S>>) {
    if (this.#pending.has(name)) throw new SourceLateError(name);
    this.#pending.add(name);
    try {
      return await source();
    } finally {
      this.#pending.delete(name);
    }
  }

  #forget(source: SourceName): void {
    for (const key of Object.keys(METRICS) as MetricKey[]) {
      const definition: MetricDefinition = METRICS[key];
      if (definition.source === source) this.#metrics.forget(key);
    }
  }
}
