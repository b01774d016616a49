// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { SOURCES } from "../../../src/node/metrics/catalogue.ts";
import { Collector } from "../../../src/node/metrics/collect.ts";
import { Metrics } from "../../../src/node/metrics/metrics.ts";
import type { MetricSources } from "../../../src/node/metrics/sources.ts";
import { allSources } from "./fixtures.ts";

const SHORT_MS = 50;

const collectorOf = (sources: Partial<MetricSources>, timeoutMs = SHORT_MS) => {
  const metrics = new Metrics("inference");
  const collector = new Collector(metrics, sources, timeoutMs);
  const linesOf = async (name: string) => {
    await collector.collect();
    const { text } = await metrics.render();
    return text.split("\n").filter((line) => line.startsWith(name));
  };
  return { collector, linesOf };
};
const never = () => new Promise<never>(() => {});
const errorsOf = (source: string, count: number) =>
  `assay_scrape_source_errors_total{source="${source}"} ${count}`;

describe("Collector", () => {
  it("default", async () => {
    const { linesOf } = collectorOf(allSources());
    const said = await linesOf("assay_");
    expect(Object.keys(allSources()), "every source").to.have.members([...SOURCES]);
    const expected = [
      'assay_queue_depth{lane="zkml"} 4',
      'assay_queue_dead_letters{lane="zkml"} 1',
      "assay_prove_deadline_seconds 90",
      "assay_head_block 120",
      "assay_follower_healthy 1",
      "assay_reorgs_total 2",
      'assay_transactions{state="signed"} 3',
      'assay_transactions{state="failed"} 0',
      "assay_gas_spent_ether_total 0.25",
      "assay_ledger_balance_tokens 12.5",
      'assay_stake_tokens{kind="at_risk"} 5',
      'assay_requests_total{path="tee",outcome="final"} 6',
      'assay_earnings_tokens_total{share="inference"} 1.5',
      'assay_challenges_total{direction="made",outcome="won"} 1',
      'assay_disputes_open{direction="received"} 1',
      'assay_enclave_key_expiry_timestamp_seconds{model="digits"} 1800000000',
      'assay_content_bytes{kind="inputs"} 640',
      "assay_database_bytes 4096",
      'assay_lease_held{lease="sender"} 1',
    ];
    for (const line of expected) expect(said, line).to.include(line);
  });

  it("behavior: a source that fails is counted, and its metrics vanish", async () => {
    let fails = false;
    const stake = { total: 3n, opted: 2n, atRisk: 1n, decimals: 0 };
    const { linesOf } = collectorOf({
      ...allSources(),
      stake: () => (fails ? Promise.reject(new RangeError("no chain")) : Promise.resolve(stake)),
    });
    expect(await linesOf("assay_stake_tokens"), "first").to.have.length(3);
    fails = true;
    expect(await linesOf("assay_stake_tokens"), "no old numbers").to.deep.equal([]);
    expect(await linesOf("assay_head_block"), "others stay").to.have.length(1);
    expect(await linesOf("assay_scrape"), "counted").to.include(errorsOf("stake", 3));
    fails = false;
    expect(await linesOf("assay_stake_tokens"), "back").to.have.length(3);
  });

  it("behavior: a source that throws at once is a failure like any other", async () => {
    const { linesOf } = collectorOf({
      content: () => {
        throw new RangeError("at once");
      },
    });
    expect(await linesOf("assay_scrape"), "once").to.include(errorsOf("content", 1));
    expect(await linesOf("assay_scrape"), "asked again").to.include(errorsOf("content", 2));
  });

  it("behavior: a slow source delays a scrape no longer than its limit, and is not asked twice", async () => {
    let asked = 0;
    const { linesOf } = collectorOf({
      ...allSources(),
      follower: () => {
        asked += 1;
        return never();
      },
    });
    const startedAt = performance.now();
    expect(await linesOf("assay_database_bytes"), "others").to.have.length(1);
    expect(performance.now() - startedAt, "ms, without end if it waits").to.be.lessThan(
      200 * SHORT_MS,
    );
    expect(await linesOf("assay_scrape"), "counted").to.include(errorsOf("follower", 2));
    expect(asked, "still under way").to.equal(1);
  });

  it("behavior: scrapes at the same time share one", async () => {
    let asked = 0;
    const { collector } = collectorOf({
      database: () => {
        asked += 1;
        return Promise.resolve({ bytes: 1 });
      },
    });
    await Promise.all([collector.collect(), collector.collect()]);
    expect(asked, "asked").to.equal(1);
    await collector.collect();
    expect(asked, "the next scrape asks again").to.equal(2);
  });

  it("behavior: a source with nothing to say says nothing", async () => {
    const { linesOf } = collectorOf({ deadlines: () => Promise.resolve(undefined) });
    expect(await linesOf("assay_prove_deadline_seconds"), "absent").to.deep.equal([]);
    expect(await linesOf("assay_scrape"), "no failure").to.include(errorsOf("deadlines", 0));
  });
});
