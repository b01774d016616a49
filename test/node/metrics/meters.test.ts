// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { createClient, custom } from "viem";
import { getBlockNumber } from "viem/actions";

import {
  databaseSources,
  jobSource,
  pingDatabase,
} from "../../../src/node/metrics/database-sources.ts";
import { meterDatabase, meterTransport } from "../../../src/node/metrics/meters.ts";
import { Metrics } from "../../../src/node/metrics/metrics.ts";
import { openDatabase, QueryFailedError } from "../../../src/store/index.ts";

const linesOf = async (metrics: Metrics, name: string) =>
  (await metrics.render()).text.split("\n").filter((line) => line.startsWith(name));

const answer = async ({ method }: { method: string }) => {
  if (method === "eth_blockNumber") return "0x10";
  throw Object.assign(new RangeError("refused"), { code: -32601 });
};
const label = (method: string) => `{provider="primary",method="${method}"} 1`;

describe("meterTransport", () => {
  it("default", async () => {
    const metrics = new Metrics("inference");
    const transport = meterTransport(custom({ request: answer }), metrics, "primary");
    const client = createClient({ transport, cacheTime: 0 });
    expect(await getBlockNumber(client), "answer").to.equal(16n);
    const request = client.request as (call: { method: string }) => Promise<unknown>;
    for (const method of ["eth_getLogs", "secret_0123"]) await request({ method }).catch(() => {});

    expect(await linesOf(metrics, "assay_rpc_requests_total"), "calls").to.have.members(
      ["eth_blockNumber", "eth_getLogs", "other"].map(
        (method) => `assay_rpc_requests_total${label(method)}`,
      ),
    );
    expect(await linesOf(metrics, "assay_rpc_errors_total"), "failures").to.have.members(
      ["eth_getLogs", "other"].map((method) => `assay_rpc_errors_total${label(method)}`),
    );
    expect(await linesOf(metrics, "assay_rpc_seconds_count"), "timed").to.deep.equal([
      'assay_rpc_seconds_count{provider="primary"} 1',
    ]);
  });
});

describe("jobSource", () => {
  it("default", async () => {
    const depth = { queue: "prove", queued: 3, active: 2, dead: 1, oldestSeconds: 40 };
    const lanes = await jobSource({ depth: async () => [depth] })();
    expect(lanes, "lanes").to.deep.equal([
      { lane: "prove", depth: 3, active: 2, oldestSeconds: 40, deadLetters: 1 },
    ]);
  });
});

describe("meterDatabase", () => {
  it("default", async function () {
    this.timeout(60_000);
    const metrics = new Metrics("inference");
    const database = meterDatabase(
      await openDatabase({ location: "memory:", schema: "measured" }),
      metrics,
    );
    const body = "é".repeat(10);
    await database.transaction(async (transaction) => {
      await transaction.query(
        "INSERT INTO content (kind, name, body, stored_at) VALUES ('inputs', 'a', $1, 0)",
        [body],
      );
    });
    const sources = databaseSources(database);
    const content = (await sources.content()) ?? [];
    const inputs = content.find(({ kind }) => kind === "inputs");
    expect(inputs, "bytes, not characters").to.deep.equal({
      kind: "inputs",
      entries: 1,
      bytes: 20,
    });
    expect(
      content.find(({ kind }) => kind === "proofs"),
      "none of a kind",
    ).to.include({ entries: 0 });
    expect((await sources.database())?.bytes, "bytes").to.be.greaterThan(8_000);
    await pingDatabase(database);

    const refused = await database.query("SELECT nothing").catch((error: unknown) => error);
    expect(refused, "errors pass").to.be.instanceOf(QueryFailedError);
    expect(await linesOf(metrics, "assay_database_query_seconds_count"), "timed").to.have.members([
      'assay_database_query_seconds_count{kind="read"} 3',
      'assay_database_query_seconds_count{kind="write"} 1',
      'assay_database_query_seconds_count{kind="transaction"} 1',
    ]);
    await database.close();
    const gone = await pingDatabase(database).catch((error: unknown) => error);
    expect(gone, "a closed database").to.be.instanceOf(QueryFailedError);
  });
});
