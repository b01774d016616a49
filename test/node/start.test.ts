// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { getAddress } from "viem";
import { privateKeyToAddress } from "viem/accounts";

import { getRequestRecord } from "../../src/client/index.ts";
import { startInferenceNode, startVerificationNode } from "../../src/node/index.ts";
import { BaseError } from "../../src/protocol/errors.ts";
import { State } from "../../src/protocol/index.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { eventually, keyOf, makeWorld, tokens, type World } from "./world.ts";

/** The code of what a start throws. */
async function codeOf(starting: Promise<unknown>): Promise<string> {
  try {
    await starting;
    return "started";
  } catch (error) {
    if (error instanceof BaseError) return error.code;
    throw error;
  }
}

describe("start of a node", () => {
  let world: World;

  before(async function () {
    this.timeout(120_000);
    world = await makeWorld();
    await world.fund("inference");
  });
  after(async function () {
    this.timeout(30_000);
    await world.close();
  });

  it("default", async function () {
    this.timeout(180_000);
    const node = await world.start("inference", "inference");
    const health = await fetch(`${node.endpoint}/health`);
    expect(health.status, "serves when it returns").to.equal(200);

    const folder = `${world.root}/twin`;
    const twin = startInferenceNode({ ...world.optionsOf("inference"), folder });
    expect(await codeOf(twin), "another process with its key").to.equal("NODE-006");
    const { port } = new URL(node.endpoint);
    const neighbour = startInferenceNode({ ...world.optionsOf("other"), port: Number(port) });
    expect(await codeOf(neighbour), "its port").to.equal("NODE-007");

    await node.stop();
    await node.closed;
    const down = await fetch(`${node.endpoint}/health`).catch(() => undefined);
    expect(down, "serves nothing after its stop").to.equal(undefined);
    const judge = startVerificationNode(world.optionsOf("inference"));
    expect(await codeOf(judge), "another role with its key").to.equal("NODE-004");
  });

  it("error: a chain, a contract, a model or a key that is not there", async () => {
    const options = world.optionsOf("other");
    const { deployment, model } = world;
    const nowhere = getAddress(`0x${"12".repeat(20)}`);
    const cases = {
      "NODE-001": { deployment: { ...deployment, chainId: 1 } },
      "NODE-002": { deployment: { ...deployment, market: nowhere } },
      "NODE-003": { models: { digits: { ...model, layers: model.layers.slice(1) } } },
      "NODE-008": { privateKey: `0x${"00".repeat(32)}` as const },
    };
    for (const [code, change] of Object.entries(cases)) {
      expect(await codeOf(startInferenceNode({ ...options, ...change })), code).to.equal(code);
    }
  });

  it("behavior: a gas payer sends what any key may, when the node's own has nothing left", async function () {
    this.timeout(240_000);
    await world.fund("payer");
    const [own, payer] = ["inference", "payer"].map((name) => privateKeyToAddress(keyOf(name)));
    const node = await world.start("inference", "inference", {
      folder: `${world.root}/paid`,
      gasPayerKeys: [keyOf("payer")],
      confirmations: 1,
    });
    const { id } = await world.open(node, "3.pgm");
    const { chain, deployment } = world;
    const stateIs = async (wanted: State) => {
      const { state } = await getRequestRecord(world.client, { deployment, id });
      return state === wanted ? true : undefined;
    };
    await eventually("the delivery", () => stateIs(State.DELIVERED));
    expect(await chain.getTransactionCount({ address: payer! }), "before").to.equal(0);
    await chain.setBalance({ address: own!, value: 0n });
    await eventually("the end", () => stateIs(State.FINAL));
    expect(await chain.getTransactionCount({ address: payer! }), "after").to.equal(1);
    await node.stop();
  });

  it("error: options that the parts refuse", async () => {
    const options = world.optionsOf("other");
    const negative = startInferenceNode({ ...options, confirmations: -1 });
    expect(await codeOf(negative), "confirmations").to.match(/^FOLLOW-/);
    const noKey = startInferenceNode({ ...options, gasPayerKeys: [`0x${"00".repeat(32)}`] });
    expect(await codeOf(noKey), "a gas payer's key").to.equal("NODE-008");
  });

  it("error: an RPC that does not answer, a node without money", async () => {
    const options = world.optionsOf("other");
    const dead = startInferenceNode({ ...options, rpcUrl: "http://127.0.0.1:1" });
    expect(await codeOf(dead), "the RPC").to.equal("CLIENT-003");
    const poor = startInferenceNode({ ...options, stake: tokens("1") });
    expect(await codeOf(poor), "the money").to.equal("SENDER-003");
  });

  it("behavior: once the RPC has answered, the start waits while it fails", async function () {
    this.timeout(120_000);
    await world.fund("patient");
    const proxy = await startFaultProxy({ target: world.rpcUrl, seed: 1 });
    const waits = () => world.logs.filter((line) => line.includes("the start waits")).length;
    // Asked for the database's name, by the search for models, and by the follower.
    const methods = ["eth_getBlockByNumber", "eth_getLogs", "eth_chainId"];
    const fail = (method: string) => proxy.setRates({}, { [method]: { drop: 1 } });
    try {
      fail("eth_getBlockByNumber");
      const starting = world.start("verification", "patient", { rpcUrl: proxy.url });
      for (const next of [...methods.slice(1), undefined]) {
        const before = waits();
        await eventually("the start waits", async () => (waits() > before ? true : undefined));
        if (next === undefined) proxy.setRates({});
        else fail(next);
      }
      const node = await starting;
      const health = await fetch(`${node.endpoint}/health`);
      expect(health.status, "serves in the end").to.equal(200);
      await node.stop();
    } finally {
      await proxy.close();
    }
  });

  it("behavior: a key is in no error", async () => {
    const privateKey = `0x${"ff".repeat(32)}` as const;
    try {
      await startInferenceNode({ ...world.optionsOf("other"), privateKey });
      expect.fail("a key above the curve's order was taken");
    } catch (error) {
      expect(error, "type").to.be.instanceOf(BaseError);
      const shown = `${String(error)} ${(error as Error).stack} ${String((error as Error).cause)}`;
      expect(shown, "the key").to.not.include("ff".repeat(32));
      expect(shown, "another key").to.not.include(keyOf("other").slice(2));
    }
  });
});
