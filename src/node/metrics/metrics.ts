// SPDX-License-Identifier: MIT
/** Owns one node's measurements: a registry of its own, so that nodes in one process do not mix. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import type { NodeHealth } from "../../client/node/types.ts";
import { version } from "../version.ts";
import { type LabelsOf, type MetricDefinition, type MetricKey, METRICS } from "./catalogue.ts";

type Labels = Record<string, string>;
const definitionOf = (key: MetricKey): MetricDefinition => METRICS[key];

export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricKey, Counter>();
  readonly #gauges = new Map<MetricKey, Gauge>();
  readonly #histograms = new Map<MetricKey, Histogram>();
  /** The last value of counters that are told as totals. */
  readonly #totals = new Map<string, number>();

  constructor(role: NodeHealth["role"]) {
    for (const key of Object.keys(METRICS) as MetricKey[]) this.#add(key);
    this.set("buildInfo", { version, role }, 1);
  }

  /** Counts one more, or several. */
  count<K extends MetricKey>(key: K, labels: LabelsOf<K>, amount = 1): void {
    this.#counters.get(key)?.inc(labels, amount);
  }

  /** Notes the total of a counter that somebody else keeps. It never falls: a total that does is a reorganisation's. */
  total<K extends MetricKey>(key: K, labels: LabelsOf<K>, total: number): void {
    const series = `${key} ${JSON.stringify(labels)}`;
    const known = this.#totals.get(series) ?? 0;
    this.#counters.get(key)?.inc(labels, Math.max(0, total - known));
    this.#totals.set(series, Math.max(known, total));
  }

  set<K extends MetricKey>(key: K, labels: LabelsOf<K>, value: number): void {
    this.#gauges.get(key)?.set(labels, value);
  }

  /** Notes a duration or size in a histogram. */
  observe<K extends MetricKey>(key: K, labels: LabelsOf<K>, value: number): void {
    this.#histograms.get(key)?.observe(labels, value);
  }

  /** Times what succeeds, in seconds; what fails is the caller's to count. */
  async time<K extends MetricKey, T>(key: K, labels: LabelsOf<K>, run: () => Promise<T>) {
    const startedAt = performance.now();
    const done = await run();
    this.observe(key, labels, (performance.now() - startedAt) / 1_000);
    return done;
  }

  /** Takes away a gauge's values: what is not known now is absent, not as it was. */
  forget(key: MetricKey): void {
    const gauge = this.#gauges.get(key);
    if (gauge === undefined) return;
    gauge.reset();
    // A gauge without labels is 0 after a reset, which would be a statement.
    if (Object.keys(definitionOf(key).labels).length === 0) gauge.remove();
  }

  /** Adds what the process itself tells. Once per process that is scraped: it starts timers. */
  addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Everything, as Prometheus reads it, and its media type. */
  async render(): Promise<{ text: string; contentType: string }> {
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  #add(key: MetricKey): void {
    const { name, type, help, labels, source, buckets = [] } = definitionOf(key);
    const common = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    switch (type) {
      case "counter": {
        const counter = new Counter(common);
        this.#counters.set(key, counter);
        // From 0, so that the first event is an increase; a total of before this process is none.
        if (source === undefined) for (const series of seriesOf(labels)) counter.inc(series, 0);
        else if (common.labelNames.length === 0) counter.remove();
        return;
      }
      case "gauge":
        this.#gauges.set(key, new Gauge(common));
        this.forget(key);
        return;
      case "histogram": {
        const histogram = new Histogram({ ...common, buckets: [...buckets] });
        this.#histograms.set(key, histogram);
        for (const series of seriesOf(labels)) histogram.zero(series);
        return;
      }
      default:
        return type satisfies never;
    }
  }
}

/** Every combination of label values; none if some label's values differ from node to node. */
function seriesOf(labels: MetricDefinition["labels"]): Labels[] {
  let all: Labels[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values === "string") return [];
    all = all.flatMap((series) => values.map((value) => ({ ...series, [label]: value })));
  }
  return all;
}
