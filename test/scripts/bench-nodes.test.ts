// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { measureNodes, toLines } from "../../scripts/bench/nodes.ts";
import type { Figures } from "../../scripts/bench/types.ts";

const RESULTS = 12;

describe("npm run bench -- nodes", () => {
  let figures: Figures = {};
  const progress: string[] = [];
  before(async function () {
    this.timeout(240_000);
    figures = await measureNodes({
      results: RESULTS,
      workers: [1],
      nodes: [4],
      engines: ["pglite"],
      log: (line) => progress.push(line),
    });
  });

  const part = (name: string): Figures => {
    const value = figures[name];
    if (typeof value !== "object") throw new TypeError(`${name} has no figures.`);
    return value;
  };

  it("default", () => {
    expect(Object.keys(figures), "parts").to.deep.equal([
      "results",
      "latencyMs",
      "rechecksAtOnce",
      "pglite",
      "draw",
    ]);
    expect(figures["results"], "size of a backlog").to.equal(RESULTS);
    for (const name of ["waiting", "waitingScaling", "computing", "stored", "offered"]) {
      const throughput = part("pglite")[name] as Figures;
      expect(Object.keys(throughput), `${name}: numbers of workers`).to.deep.equal(["x1"]);
      for (const value of Object.values(throughput))
        expect(value, `${name}: a figure`).to.be.a("number").above(0);
    }
    expect(part("pglite")["storeLimitToBest"], "distance to the store's limit").to.be.a("number");
    const { waiting } = part("pglite")["limit"] as { waiting: Figures };
    expect(waiting["x1"], "what limits, in words").to.be.a("string");
    expect(progress, "a line of progress for each measurement").to.have.length(3);
  });

  it("behavior: three nodes check each result, however many there are", () => {
    const { checksPerResult, shareOfNode } = part("draw");
    expect(checksPerResult, "checks of a result").to.deep.equal({ x4: 3 });
    expect(shareOfNode, "a node's share").to.deep.equal({ x4: 0.75 });
  });

  it("behavior: the same figures as a table", () => {
    const text = toLines(figures).join("\n");
    for (const name of ["pglite waiting", "pglite limit computing", "draw checksPerResult"])
      expect(text, name).to.include(name);
  });
});
