// SPDX-License-Identifier: MIT
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { toHex } from "viem";

import { ContentStore } from "../../src/node/content-store.ts";
import { BaseError } from "../../src/protocol/errors.ts";

const name = (index: number) => toHex(index, { size: 32 });

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "done",
    (error: unknown) => (error instanceof BaseError ? error.code : String(error)),
  );
}

describe("ContentStore", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "assay-store-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("default", async () => {
    const store = await ContentStore.open(folder);
    await store.put("inputs", name(1), "one");
    expect(store.has("inputs", name(1)), "has it").to.equal(true);
    expect(store.has("outputs", name(1)), "kinds are apart").to.equal(false);
    expect(await store.get("inputs", name(1)), "gives it back").to.equal("one");
    const again = await ContentStore.open(folder);
    expect(again.list("inputs"), "survives a restart").to.deep.equal([name(1)]);
  });

  it("behavior: what a crash left half written is gone after a restart", async () => {
    const store = await ContentStore.open(folder);
    await store.put("results", name(2), "two");
    await writeFile(join(folder, "results", `${"0".repeat(64)}.x.tmp`), "tw");
    const again = await ContentStore.open(folder);
    expect(again.list("results"), "whole files only").to.deep.equal([name(2)]);
    expect((await readdir(join(folder, "results"))).length, "files").to.equal(1);
  });

  it("behavior: a sweep removes what is old and not needed", async () => {
    const store = await ContentStore.open(folder);
    for (const index of [1, 2, 3]) await store.put("inputs", name(index), "x");
    for (const index of [1, 2]) {
      await utimes(join(folder, "inputs", name(index).slice(2)), new Date(0), new Date(0));
    }
    const removed = await store.sweep("inputs", new Set([name(1)]), 60_000);
    expect(removed, "removed").to.equal(1);
    expect(store.list("inputs"), "needed or young").to.deep.equal([name(1), name(3)]);
  });

  it("error: names that leave the folder", async () => {
    const store = await ContentStore.open(folder);
    const names = ["../x", "0x..", `0x${"0".repeat(63)}/`, "", name(1).slice(2), `${name(1)}0`];
    for (const bad of names) {
      const stored = store.put("inputs", bad as `0x${string}`, "x");
      expect(await codeOf(stored), `name ${bad}`).to.equal("NODE-011");
    }
    expect(await readdir(join(folder, "inputs")), "nothing was written").to.deep.equal([]);
  });

  it("error: too large, too many, not there", async () => {
    const store = await ContentStore.open(folder, { maxBytes: 4, maxEntries: 1 });
    expect(await codeOf(store.put("inputs", name(1), "12345")), "size").to.equal("NODE-012");
    await store.put("inputs", name(1), "1234");
    expect(await codeOf(store.put("inputs", name(2), "1")), "count").to.equal("NODE-013");
    expect(await codeOf(store.put("inputs", name(1), "4321")), "replacing").to.equal("done");
    expect(await codeOf(store.get("inputs", name(9))), "absent").to.equal("NODE-014");
  });
});
