// SPDX-License-Identifier: MIT
// Real nodes in this process, a real Prometheus that scrapes them, and the log of the whole run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { keccak256, serializeTransaction, type Hex, type TransactionSerializable } from "viem";

import { freePort } from "../../scripts/free-port.ts";
import { getRequestRecord } from "../../src/client/index.ts";
import { METRICS, PROCESS_METRICS } from "../../src/node/metrics/catalogue.ts";
import type { RunningNode } from "../../src/node/index.ts";
import { requiredEvidenceOf, State } from "../../src/protocol/index.ts";
import { ensureCircuit } from "../../src/zkml/index.ts";
import { allSources } from "../node/metrics/fixtures.ts";
import { eventually, keyOf, makeWorld, type World } from "../node/world.ts";
import { hasProgram } from "./tools.ts";

const UPSTREAM_KEY = "upstream-key-5f2b";

const metricsOf = async (endpoint: string | undefined) => (await fetch(endpoint ?? "")).text();

/** What tells of the final request; the two are not noted in the same moment. */
const ENDS = [
  'assay_time_to_final_seconds_count{path="zkml"} 1',
  'assay_requests_total{path="zkml",outcome="final"} 1',
];

/** A Prometheus of its own, with its storage in a temporary folder; `stop` ends this one. */
async function startPrometheus(targets: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "assay-prometheus-"));
  const file = join(folder, "prometheus.yml");
  const config = {
    global: { scrape_interval: "1s" },
    scrape_configs: [{ job_name: "assay", static_configs: [{ targets }] }],
  };
  await writeFile(file, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: "ignore" },
  );
  const ended = once(child, "exit");
  const ask = async <T>(path: string): Promise<T | undefined> => {
    const response = await fetch(`http://${address}/api/v1/${path}`).catch(() => undefined);
    return response?.ok ? ((await response.json()) as { data: T }).data : undefined;
  };
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { ask, stop };
}

describe("a running node's operator", () => {
  let world: World;
  let node: RunningNode;
  let id: Hex;

  before(async function () {
    this.timeout(400_000);
    await ensureCircuit({ circuit: "digits" });
    world = await makeWorld();
    for (const name of ["inference", "verification"]) await world.fund(name);
    // What a node has no source of yet is stood in for; the others are its own.
    const { queues, transactions, leases, database, follower } = allSources();
    node = await world.start("inference", "inference", {
      rpcUrl: `${world.rpcUrl}/?apikey=${UPSTREAM_KEY}`,
      metricsPort: 0,
    });
    await world.start("verification", "verification", {
      metricsPort: 0,
      metricSources: { queues, transactions, leases, database, follower },
    });
    const { client, deployment } = world;
    for (const path of ["vanilla", "zkml"] as const) {
      const requiredEvidence = requiredEvidenceOf([path]);
      const opened = await world.open(node, "3.pgm", { requiredEvidence });
      id = opened.id;
      const isFinal = async () => {
        const record = await getRequestRecord(client, { deployment, id: opened.id });
        return record.state === State.FINAL ? true : undefined;
      };
      await eventually(`final: ${path}`, isFinal, 180_000);
    }
  });
  after(async function () {
    this.timeout(60_000);
    await world.close();
  });

  it("default", async () => {
    const { status } = await fetch(`${node.endpoint}/metrics`);
    expect(status, "not on the public port").to.equal(404);
    expect(node.metricsEndpoint, "loopback").to.match(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const text = await eventually("the final request", async () => {
      const now = await metricsOf(node.metricsEndpoint);
      return ENDS.every((line) => now.includes(line)) ? now : undefined;
    });
    const expected = [
      'assay_time_to_result_seconds_count{path="zkml"} 1',
      'assay_requests_total{path="zkml",outcome="final"} 1',
      'assay_earnings_tokens_total{share="inference"} 1.',
      'assay_proof_seconds_count{model="digits"} 1',
      'assay_stake_tokens{kind="opted"} 2000',
      'assay_content_entries{kind="proofs"} 1',
      "assay_follower_healthy 1",
      `assay_fee_balance_ether{address="${node.address}"} 99.`,
      'assay_scrape_source_errors_total{source="follower"} 0',
    ];
    for (const line of expected) expect(text, line).to.include(`\n${line}`);
    const seconds = (name: string) =>
      Number(new RegExp(`^assay_${name}_seconds_sum{path="zkml"} (.*)$`, "m").exec(text)?.[1]);
    expect(seconds("time_to_result"), "the answer comes first").to.be.lessThan(
      seconds("time_to_final"),
    );
    expect(text, "nothing of one request").to.not.include(id.slice(2));
    expect(text, "no upstream key").to.not.include(UPSTREAM_KEY);
  });

  it("behavior: ready says which check fails", async () => {
    const ready = await fetch(`${node.endpoint}/ready`);
    const names = ["running", "chain", "database", "registered", "fees"];
    const { checks } = (await ready.json()) as { checks: Record<string, { ok: boolean }> };
    expect(ready.status, JSON.stringify(checks)).to.equal(200);
    expect(Object.keys(checks), "checks").to.have.members(names);

    const balance = await world.chain.getBalance({ address: node.address });
    await world.chain.setBalance({ address: node.address, value: 1n });
    const poor = await eventually("not ready", async () => {
      const response = await fetch(`${node.endpoint}/ready`);
      return response.status === 503 ? response.json() : undefined;
    });
    const failing = Object.entries((poor as { checks: typeof checks }).checks)
      .filter(([, { ok }]) => !ok)
      .map(([name]) => name);
    expect(failing, "only the fees").to.deep.equal(["fees"]);
    await world.chain.setBalance({ address: node.address, value: balance });
  });

  it("behavior: a real Prometheus finds every documented metric", async function () {
    this.timeout(120_000);
    if (!hasProgram("prometheus", "prometheus")) return;
    const endpoints = world.logs
      .map((line) => JSON.parse(line) as { msg: string; endpoint: string })
      .filter(({ msg }) => msg === "serves metrics");
    expect(endpoints, "two nodes").to.have.length(2);
    const { ask, stop } = await startPrometheus(
      endpoints.map(({ endpoint }) => new URL(endpoint).host),
    );
    try {
      const wanted = [
        ...PROCESS_METRICS,
        ...Object.values(METRICS).map(({ name, type }) =>
          type === "histogram" ? `${name}_bucket` : name,
        ),
        // Only what is due now is there; nothing is when the run's one request is final.
      ].filter((name) => name !== METRICS.proveDeadline.name);
      let missing: string[] = wanted;
      await eventually(
        "every metric",
        async () => {
          const known = (await ask<string[]>("label/__name__/values")) ?? [];
          missing = wanted.filter((name) => !known.includes(name));
          return missing.length === 0 ? true : undefined;
        },
        60_000,
      ).catch(() => {
        // The next line says which.
      });
      expect(missing, "missing").to.deep.equal([]);
      const up = await ask<{ result: { value: [number, string] }[] }>("query?query=up");
      expect(
        up?.result.map(({ value }) => value[1]),
        "both are up",
      ).to.deep.equal(["1", "1"]);
      const targets = await ask<{ activeTargets: { lastError: string }[] }>("targets");
      const errors = targets?.activeTargets.map(({ lastError }) => lastError);
      expect(errors, "scrapes").to.deep.equal(["", ""]);
    } finally {
      await stop();
    }
  });

  it("behavior: every log line about the request names it, and none holds a secret", async function () {
    this.timeout(60_000);
    const about = world.logs.filter((line) => line.includes(id.slice(2)));
    expect(about.length, "lines about it").to.be.greaterThan(3);
    for (const line of about) {
      const { request } = JSON.parse(line) as { request?: string };
      expect(request, line).to.equal(id);
    }
    const own = ["inference", "verification"];
    const secrets = [UPSTREAM_KEY, ...own.map((name) => keyOf(name).slice(2))];
    const senders = world.logs.map((line) => (JSON.parse(line) as { address: string }).address);
    const head = await world.chain.getBlockNumber();
    let raws = 0;
    for (let number = world.deployment.block; number <= head; number += 1n) {
      const block = await world.chain.getBlock({ blockNumber: number, includeTransactions: true });
      for (const sent of block.transactions) {
        if (!senders.some((sender) => sender.toLowerCase() === sent.from)) continue;
        const { r, s, yParity, input: data, from: _, ...fields } = sent;
        const unsigned = { ...fields, data } as unknown as TransactionSerializable;
        const raw = serializeTransaction(unsigned, { r, s, yParity: yParity ?? 0 });
        expect(keccak256(raw), "as it was sent").to.equal(sent.hash);
        secrets.push(raw.slice(2), r.slice(2), s.slice(2));
        raws += 1;
      }
    }
    expect(raws, "transactions of the nodes").to.be.greaterThan(3);
    const all = world.logs.join("").toLowerCase();
    for (const secret of secrets)
      expect(
        all.includes(secret.toLowerCase()),
        `a secret of ${secret.length} characters`,
      ).to.equal(false);
  });
});
