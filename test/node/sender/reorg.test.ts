// SPDX-License-Identifier: MIT
// A chain that takes back what it said: each action still ends up on it exactly once.
import { expect } from "chai";
import { type Hex, parseGwei } from "viem";

import { type Bench, formsOf, intentOf, makeChain, type TestChain, until } from "./chain.ts";
import { accountOf } from "./parts.ts";

describe("Sender on a chain that changes its mind", () => {
  let world: TestChain;
  before(async () => {
    world = await makeChain();
  });
  after(() => world.close());

  const stateOf = async (bench: Bench, action: string) =>
    (await intentOf(bench.database, action))?.["state"];

  for (const depth of [1, 3, 64]) {
    it(`behavior: a reorganisation of depth ${depth} drops it, and it is mined again once`, async () => {
      const bench = await world.makeBench();
      const action = `reorg:${depth}`;
      const before = await world.chain.snapshot();
      const { sent } = await world.startMint(bench, action);
      await bench.drive(sent);
      await world.mine(depth - 1);
      await bench.look();
      expect(await stateOf(bench, action), "mined").to.equal("mined");
      const [form] = await formsOf(bench.database, action);

      await world.chain.revert({ id: before });
      expect(await world.countOf(action), "taken back").to.equal(0n);
      await bench.look();
      expect(await stateOf(bench, action), "open again").to.equal("signed");
      const again = await bench.drive(world.mint(bench, action));
      expect(again.hash, "the same bytes").to.equal(form?.hash);
      expect(await world.countOf(action), "mints").to.equal(1n);
      expect(await intentOf(bench.database, action), "stored").to.include({
        state: "mined",
        block_hash: again.receipt.blockHash,
      });
    });
  }

  it("behavior: mined in another block after a reorganisation", async () => {
    const bench = await world.makeBench();
    const before = await world.chain.snapshot();
    const { sent } = await world.startMint(bench, "moved");
    const first = await bench.drive(sent);
    const [form] = await formsOf(bench.database, "moved");
    await world.chain.revert({ id: before });
    await world.mine(3);
    await world.chain.request({
      method: "eth_sendRawTransaction" as never,
      params: [form?.raw] as never,
    });
    await world.mine();
    await bench.look();
    const { receipt } = await bench.drive(world.mint(bench, "moved"));
    expect(receipt.blockHash, "another block").to.not.equal(first.receipt.blockHash);
    expect(await intentOf(bench.database, "moved"), "stored").to.include({
      state: "mined",
      block_hash: receipt.blockHash,
    });
    expect(await world.countOf("moved"), "mints").to.equal(1n);
  });

  it("behavior: dropped from the mempool, sent again", async () => {
    let clock = Date.now();
    const bench = await world.makeBench({ now: () => clock });
    const { sent } = await world.startMint(bench, "dropped");
    const [form] = await formsOf(bench.database, "dropped");
    await bench.look();
    await world.chain.dropTransaction({ hash: form?.hash ?? "0x" });
    await bench.look();
    await world.mine();
    expect(await world.countOf("dropped"), "not mined").to.equal(0n);
    clock += 31_000;
    await bench.look();
    const { hash } = await bench.drive(sent);
    expect(hash, "the same bytes").to.equal(form?.hash);
    expect((await bench.sender.statistics()).rebroadcasts >= 1, "counted").to.equal(true);
    expect(await world.countOf("dropped"), "mints").to.equal(1n);
  });

  it("behavior: too cheap when the base fee rises, replaced with the same nonce", async () => {
    const bench = await world.makeBench();
    const { sent } = await world.startMint(bench, "cheap");
    await world.chain.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("200") });
    await world.mine();
    expect(await world.countOf("cheap"), "too cheap").to.equal(0n);
    await bench.look();
    const forms = await formsOf(bench.database, "cheap");
    expect(forms, "forms").to.have.length(2);
    expect(forms[0]?.nonce, "one nonce").to.equal(forms[1]?.nonce);
    const { hash } = await bench.drive(sent);
    expect(hash, "the dearer one").to.equal(forms[1]?.hash);
    expect(await world.countOf("cheap"), "mints").to.equal(1n);
    expect((await bench.sender.statistics()).replacements, "counted").to.equal(1);
  });

  it("behavior: next in turn for long, replaced at a higher price", async () => {
    let clock = Date.now();
    const bench = await world.makeBench({ now: () => clock, stuckAfterMs: 60_000 });
    const { sent } = await world.startMint(bench, "stuck");
    await bench.look();
    const [form] = await formsOf(bench.database, "stuck");
    await world.chain.dropTransaction({ hash: form?.hash ?? "0x" });
    await world.mine();
    clock += 61_000;
    await bench.look();
    const [cheap, dear, ...rest] = await formsOf(bench.database, "stuck");
    expect(rest, "one replacement").to.deep.equal([]);
    const raise = ((dear?.max_fee_per_gas ?? 0n) * 1_000n) / (cheap?.max_fee_per_gas ?? 1n);
    expect(raise >= 1_125n, "12.5 % more").to.equal(true);
    await bench.drive(sent);
    expect(await world.countOf("stuck"), "mints").to.equal(1n);
  });

  it("behavior: above maxFeePerGas it waits and says so", async () => {
    const bench = await world.makeBench({ maxFeePerGas: parseGwei("400") });
    await world.chain.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("1000") });
    await world.mine();
    const sent = world.mint(bench, "dear");
    await until("it waits", async () => (bench.sender.health().healthy ? undefined : true));
    expect(await stateOf(bench, "dear"), "not signed").to.equal("planned");
    await world.chain.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("1") });
    await bench.drive(sent);
    expect(bench.sender.health().healthy, "healthy again").to.equal(true);
    expect(await world.countOf("dear"), "mints").to.equal(1n);
  });

  it("behavior: a stranger with the key takes the nonce: a new one only when that is final", async () => {
    const bench = await world.makeBench();
    const { sent } = await world.startMint(bench, "lost");
    const [form] = await formsOf(bench.database, "lost");
    const nonce = Number(form?.nonce);
    await world.chain.dropTransaction({ hash: form?.hash ?? "0x" });
    await useNonce(world, nonce);
    await world.mine();
    await bench.look();
    await bench.look();
    expect(await stateOf(bench, "lost"), "waits").to.equal("signed");
    expect(bench.sender.health().healthy, "says so").to.equal(false);
    await world.mine(70);
    const { receipt } = await bench.drive(sent);
    const { nonce: used } = await world.chain.getTransaction({ hash: receipt.transactionHash });
    expect(used, "the next nonce").to.equal(nonce + 1);
    expect(await world.countOf("lost"), "mints").to.equal(1n);
    expect(bench.sender.health().healthy, "healthy again").to.equal(true);
  });

  it("behavior: a form that an older copy of the database lacks counts as its own", async () => {
    const bench = await world.makeBench();
    const { sent } = await world.startMint(bench, "restored");
    const [form] = await formsOf(bench.database, "restored");
    const original = await world.chain.getTransaction({ hash: form?.hash ?? "0x" });
    const hash = await world.walletOf("node").sendTransaction({
      to: original.to,
      data: original.input,
      gas: original.gas,
      nonce: original.nonce,
      maxFeePerGas: (original.maxFeePerGas ?? 0n) * 2n,
      maxPriorityFeePerGas: (original.maxPriorityFeePerGas ?? 0n) * 2n,
      chain: null,
    });
    await world.mine(70);
    const done = await bench.drive(sent);
    expect(done.hash, "adopted").to.equal(hash);
    expect(await world.countOf("restored"), "mints").to.equal(1n);
  });

  it("behavior: nonces that the chain forgot are filled, with what is stored or with nothing", async () => {
    const bench = await world.makeBench();
    const before = await world.chain.snapshot();
    await bench.drive(world.mint(bench, "old"));
    await useNonce(world, await nextNonce(world));
    await world.mine(70);
    await bench.look();
    expect(await stateOf(bench, "old"), "final").to.equal("final");
    const { sent } = await world.startMint(bench, "new");

    await world.chain.revert({ id: before });
    await bench.drive(sent);
    expect(await world.countOf("new"), "mints of the later").to.equal(1n);
    expect(await world.countOf("old"), "mints of the final one").to.equal(1n);
    expect((await bench.sender.statistics()).noncesFilled, "counted").to.equal(2);
  });
});

async function nextNonce({ chain }: TestChain): Promise<number> {
  return chain.getTransactionCount({ address: accountOf("node").address });
}

/** Another program with the same key. */
async function useNonce(world: TestChain, nonce: number): Promise<Hex> {
  return world.walletOf("node").sendTransaction({
    to: accountOf("stranger").address,
    value: 1n,
    nonce,
    gas: 21_000n,
    maxFeePerGas: parseGwei("3000"),
    maxPriorityFeePerGas: parseGwei("50"),
    chain: null,
  });
}
