// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { METRICS, type MetricKey } from "../../../src/node/metrics/catalogue.ts";
import { Metrics } from "../../../src/node/metrics/metrics.ts";

const textOf = async (metrics: Metrics) => (await metrics.render()).text;
const linesOf = async (metrics: Metrics, name: string) =>
  (await textOf(metrics)).split("\n").filter((line) => line.startsWith(name));

describe("Metrics", () => {
  it("default", async () => {
    const metrics = new Metrics("inference");
    const text = await textOf(metrics);
    for (const { name, help, type } of Object.values(METRICS)) {
      expect(text, name).to.include(`# HELP ${name} ${help}`);
      expect(text, name).to.include(`# TYPE ${name} ${type}`);
    }
    expect(text, "what runs").to.match(/assay_build_info\{version="[^"]+",role="inference"\} 1/);
  });

  it("behavior: nodes in one process do not mix", async () => {
    const one = new Metrics("inference");
    const other = new Metrics("inference");
    one.count("orders", { outcome: "taken" }, 3);
    expect(await linesOf(one, "assay_orders_total"), "counted").to.include(
      'assay_orders_total{outcome="taken"} 3',
    );
    expect(await linesOf(other, "assay_orders_total"), "the other").to.include(
      'assay_orders_total{outcome="taken"} 0',
    );
  });

  it("behavior: counters with known labels begin at 0, and what is sampled begins absent", async () => {
    const metrics = new Metrics("verification");
    expect(await linesOf(metrics, "assay_rechecks_total"), "known labels").to.have.length(2);
    expect(await linesOf(metrics, "assay_time_to_final_seconds_count"), "paths").to.have.length(3);
    const sampled = ["assay_follower_healthy", "assay_reorgs_total", "assay_stake_tokens"];
    for (const name of sampled) expect(await linesOf(metrics, name), name).to.deep.equal([]);
  });

  it("behavior: a total never falls, and counts on from where it was", async () => {
    const metrics = new Metrics("inference");
    for (const total of [5, 3, 5, 7]) metrics.total("reorgs", {}, total);
    expect(await linesOf(metrics, "assay_reorgs_total"), "total").to.deep.equal([
      "assay_reorgs_total 7",
    ]);
  });

  it("behavior: what is forgotten is absent, not 0", async () => {
    const metrics = new Metrics("inference");
    metrics.set("blockLag", {}, 4);
    metrics.set("queueDepth", { lane: "zkml" }, 2);
    expect(await linesOf(metrics, "assay_block_lag"), "set").to.have.length(1);
    metrics.forget("blockLag");
    metrics.forget("queueDepth");
    expect(await linesOf(metrics, "assay_block_lag"), "no labels").to.deep.equal([]);
    expect(await linesOf(metrics, "assay_queue_depth"), "labels").to.deep.equal([]);
  });

  it("behavior: only what succeeds is timed", async () => {
    const metrics = new Metrics("inference");
    const labels = { model: "digits" };
    const answer = await metrics.time("proofSeconds", labels, () => Promise.resolve(7));
    expect(answer, "what was timed").to.equal(7);
    const failing = metrics.time("proofSeconds", labels, () => Promise.reject(new RangeError("x")));
    expect(await failing.catch((error: unknown) => error), "passes on").to.be.instanceOf(
      RangeError,
    );
    expect(await linesOf(metrics, "assay_proof_seconds_count"), "one").to.deep.equal([
      'assay_proof_seconds_count{model="digits"} 1',
    ]);
  });

  it("behavior: names follow Prometheus' rules", () => {
    for (const [key, definition] of Object.entries(METRICS) as [
      MetricKey,
      (typeof METRICS)[MetricKey],
    ][]) {
      const { name, type, unit } = definition;
      expect(name, key).to.match(/^assay_[a-z_]+$/);
      expect(name.endsWith("_total"), `${name}: counters end with _total`).to.equal(
        type === "counter",
      );
      if (unit === "seconds") expect(name, name).to.match(/_seconds$/);
      if (unit === "bytes") expect(name, name).to.match(/_bytes$/);
      expect("buckets" in definition, `${name}: buckets`).to.equal(type === "histogram");
    }
    const labels = Object.values(METRICS).flatMap(({ labels }) => Object.keys(labels));
    expect(labels, "nothing of one request").to.not.include.members(["request", "id", "client"]);
  });
});
