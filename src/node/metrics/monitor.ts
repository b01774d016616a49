// SPDX-License-Identifier: MIT
/** Owns what a node shows its operator: it looks on at every block, and serves `/metrics` if it is asked to. */
import type { ChainView } from "../events.ts";
import type { Head } from "../follower/index.ts";
import type { ReadyChecks } from "../http/ready.ts";
import { serveMetrics } from "../http/metrics-route.ts";
import type { Listening } from "../http/server.ts";
import type { Shared } from "../shared.ts";
import type { NodeOptions } from "../types.ts";
import { Collector } from "./collect.ts";
import { nodeSources, type SeenHead } from "./node-sources.ts";
import { type Machinery, machinerySources } from "./machinery-sources.ts";
import { readyChecks } from "./readiness.ts";
import type { MetricSources } from "./sources.ts";
import { Tally } from "./tally.ts";

export class Monitor {
  readonly checks: ReadyChecks;
  readonly #shared: Shared;
  readonly #options: NodeOptions;
  readonly #tally: Tally;
  readonly #collector: Collector;
  #head: SeenHead | undefined;
  #server: Listening | undefined;

  /** Of two sources of one name the option's counts, then the role's. */
  constructor(
    shared: Shared,
    options: NodeOptions,
    { machinery, roleSources }: { machinery: Machinery; roleSources: Partial<MetricSources> },
  ) {
    this.#shared = shared;
    this.#options = options;
    this.#tally = new Tally(shared.chain.address);
    const head = () => this.#head;
    const { timings, metrics } = shared;
    const own = nodeSources({ shared, tally: this.#tally, timings, head });
    const driven = machinerySources(shared, machinery, own);
    const sources = { ...own, ...driven, ...roleSources, ...options.metricSources };
    this.#collector = new Collector(metrics, sources);
    this.checks = readyChecks(shared, options, { head, database: machinery.database });
  }

  /** What it folds of the chain's events. */
  get views(): readonly ChainView[] {
    return [this.#tally];
  }

  /** Where `/metrics` is served; undefined if it is not. */
  get endpoint(): string | undefined {
    return this.#server && `${this.#server.endpoint}/metrics`;
  }

  onHead(head: Head): void {
    this.#head = { ...head, seenAt: Date.now() };
    this.#shared.timings.onHead(this.#shared.book);
  }

  /** @throws {ListenFailedError} */
  async listen(): Promise<void> {
    const { metricsPort: port, metricsHost: host = "127.0.0.1" } = this.#options;
    if (port === undefined) return;
    const { logger, metrics } = this.#shared;
    const render = async () => {
      await this.#collector.collect();
      return metrics.render();
    };
    this.#server = await serveMetrics({ host, port, render, logger });
    metrics.addProcessMetrics();
    logger.info({ endpoint: this.endpoint }, "serves metrics");
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
