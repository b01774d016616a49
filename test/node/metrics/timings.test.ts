// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { getAddress, keccak256, toHex, zeroAddress } from "viem";

import { Metrics } from "../../../src/node/metrics/metrics.ts";
import { slowestPath, Timings } from "../../../src/node/metrics/timings.ts";
import type { RequestBook, TrackedRequest } from "../../../src/node/request-book.ts";
import type { RequestId } from "../../../src/protocol/index.ts";
import { requiredEvidenceOf, State } from "../../../src/protocol/index.ts";

const NODE = getAddress(`0x${"aa".repeat(20)}`);
const OTHER = getAddress(`0x${"bb".repeat(20)}`);
const idOf = (name: string) => keccak256(toHex(name)) as RequestId;

function tracked(name: string, fields: Partial<TrackedRequest> & { named?: `0x${string}` } = {}) {
  const { named = NODE, ...rest } = fields;
  const request = { node: named, requiredEvidence: requiredEvidenceOf(["zkml"]) };
  return {
    id: idOf(name),
    request,
    state: State.OPEN,
    node: zeroAddress,
    ...rest,
  } as TrackedRequest;
}

/** A book with just these. */
function bookOf(...requests: TrackedRequest[]): RequestBook {
  const map = new Map(requests.map((entry) => [entry.id, entry]));
  const book: Pick<RequestBook, "all" | "get"> = {
    all: () => map.values(),
    get: (id) => map.get(id),
  };
  return book as RequestBook;
}

function makeTimings() {
  let now = 1_000_000;
  const metrics = new Metrics("inference");
  const timings = new Timings(NODE, metrics, () => now);
  const sumOf = async (name: string, path = "zkml") => {
    const { text } = await metrics.render();
    const read = (suffix: string) =>
      Number(
        new RegExp(`^assay_${name}_seconds_${suffix}\\{path="${path}"\\} (.*)$`, "m").exec(
          text,
        )?.[1],
      );
    return { count: read("count"), seconds: read("sum") };
  };
  return { timings, sumOf, pass: (seconds: number) => (now += seconds * 1_000) };
}

describe("Timings", () => {
  it("default", async () => {
    const { timings, sumOf, pass } = makeTimings();
    timings.onHead(bookOf());
    timings.onHead(bookOf(tracked("a")));
    pass(2);
    timings.answered(idOf("a"));
    timings.answered(idOf("a"));
    pass(40);
    timings.onHead(bookOf(tracked("a", { state: State.DELIVERED, node: NODE })));
    expect((await sumOf("time_to_final")).count, "not yet").to.equal(0);
    for (let again = 0; again < 2; again += 1)
      timings.onHead(bookOf(tracked("a", { state: State.FINAL, node: NODE })));
    expect(await sumOf("time_to_result"), "result").to.deep.equal({ count: 1, seconds: 2 });
    expect(await sumOf("time_to_final"), "final").to.deep.equal({ count: 1, seconds: 42 });
  });

  it("behavior: an order counts from its arrival, also one that was written down", async () => {
    const { timings, sumOf, pass } = makeTimings();
    timings.onHead(bookOf());
    timings.arrived(idOf("order"), requiredEvidenceOf(["tee"]), 1_000_000 - 5_000);
    pass(1);
    timings.answered(idOf("order"));
    timings.onHead(bookOf());
    pass(1);
    timings.onHead(bookOf(tracked("order", { state: State.FINAL, node: NODE })));
    expect(await sumOf("time_to_result", "tee"), "result").to.deep.equal({ count: 1, seconds: 6 });
    expect(await sumOf("time_to_final", "tee"), "final").to.deep.equal({ count: 1, seconds: 7 });
  });

  it("behavior: what was there at the start, others' and what did not become final are not timed", async () => {
    const { timings, sumOf } = makeTimings();
    timings.onHead(bookOf(tracked("old")));
    const all = [
      tracked("old", { state: State.FINAL, node: NODE }),
      tracked("theirs", { named: OTHER }),
      tracked("refunded"),
      tracked("lost", { named: zeroAddress }),
    ];
    timings.onHead(bookOf(...all));
    timings.onHead(
      bookOf(
        ...all,
        tracked("theirs", { state: State.FINAL, node: OTHER }),
        tracked("refunded", { state: State.REFUNDED }),
        tracked("lost", { state: State.FINAL, node: OTHER, named: zeroAddress }),
      ),
    );
    expect((await sumOf("time_to_final")).count, "finals").to.equal(0);
    expect(timings.ageOf(idOf("theirs")), "others'").to.equal(undefined);
  });

  it("behavior: a reorganisation that shows an end again does not count it twice", async () => {
    const { timings, sumOf } = makeTimings();
    timings.onHead(bookOf());
    const final = tracked("a", { state: State.FINAL, node: NODE });
    for (const seen of [tracked("a"), final, tracked("a"), final]) timings.onHead(bookOf(seen));
    expect((await sumOf("time_to_final")).count, "once").to.equal(1);
  });

  it("behavior: it forgets what the book forgot", () => {
    const { timings, pass } = makeTimings();
    timings.onHead(bookOf());
    timings.onHead(bookOf(tracked("a"), tracked("b")));
    timings.onHead(bookOf(tracked("a", { state: State.FINAL, node: NODE }), tracked("b")));
    timings.arrived(idOf("order"), requiredEvidenceOf(["tee"]));
    timings.onHead(bookOf());
    expect(timings.ageOf(idOf("a")), "ended").to.equal(undefined);
    expect(timings.ageOf(idOf("order")), "may still be brought").to.equal(0);
    pass(25 * 3_600);
    timings.onHead(bookOf());
    expect(timings.ageOf(idOf("order")), "was never brought").to.equal(undefined);
  });
});

describe("slowestPath", () => {
  it("default", () => {
    expect(slowestPath(requiredEvidenceOf(["vanilla"])), "claim").to.equal("vanilla");
    expect(slowestPath(requiredEvidenceOf(["tee"])), "signature").to.equal("tee");
    expect(slowestPath(requiredEvidenceOf(["tee", "zkml"])), "both").to.equal("zkml");
  });
});
