// SPDX-License-Identifier: MIT
import { expect } from "chai";
import type { Hex } from "viem";

import { batchSettlerAbi } from "../../../src/abi/index.ts";
import { getBatch, getChannel, getDispute, isReceiptVoid } from "../../../src/client/index.ts";
import {
  assayDomain,
  type BatchReceipt,
  BatchState,
  commitOutput,
  Evidence,
  Fault,
  faultName,
  hashRequest,
} from "../../../src/protocol/index.ts";
import { eventually, makeWorld, tokens, type World } from "../world.ts";
import { type FakeNode, postFakeBatch, startFakeNode } from "./fake-node.ts";
import { PRICE, startCommittee, windows } from "./scene.ts";

/** Seconds. */
const CHALLENGE_WINDOW = 240;
const RESPONSE_WINDOW = 30;
const IN_THE_CHANNEL = tokens("10");

describe("a bad batch", () => {
  let world: World;
  let liar: FakeNode;

  before(async function () {
    this.timeout(300_000);
    world = await makeWorld(windows(CHALLENGE_WINDOW));
    await startCommittee(world);
    liar = await startFakeNode(world, "batch-liar");
  });
  after(async function () {
    this.timeout(60_000);
    await liar.close();
    await world.close();
  });

  /** Token units that a client has left in its channel. */
  const leftOf = async (client: Hex): Promise<bigint> => {
    const { deployment } = world;
    const channel = { deployment, client, node: liar.address, signer: client };
    const { deposited, charged } = await getChannel(world.client, channel);
    return deposited - charged;
  };

  const voided = (batchId: Hex, position: number) =>
    eventually(
      "the receipt is void",
      async () => {
        const named = { deployment: world.deployment, batchId, position };
        return (await isReceiptVoid(world.client, named)) || undefined;
      },
      150_000,
    );

  it("behavior: a daemon challenges a bad receipt, and its client is made whole", async () => {
    const bad = 2;
    const { batchId, receipts } = await postFakeBatch(world, liar, {
      clients: ["a-1", "a-2"],
      each: 2,
      // Of an enclave that there is not.
      change: (receipt, position) =>
        position === bad
          ? { ...receipt, kind: Evidence.TEE, evidence: `0x${"11".repeat(64)}1b` }
          : receipt,
    });
    await voided(batchId, bad);
    const [shown] = await world.chain.getContractEvents({
      address: world.deployment.batchSettler,
      abi: batchSettlerAbi,
      eventName: "FaultShown",
      args: { batchId },
      fromBlock: world.deployment.block,
    });
    expect(shown?.args.position, "position").to.equal(bad);
    const client = receipts[bad]?.request.client as Hex;
    expect(await leftOf(client), "its fee came back").to.equal(IN_THE_CHANNEL - PRICE);
    const other = receipts[0]?.request.client as Hex;
    expect(await leftOf(other), "others paid").to.equal(IN_THE_CHANNEL - 2n * PRICE);
    const { state, faulty } = await getBatch(world.client, {
      deployment: world.deployment,
      batchId,
    });
    expect(state, "nobody countersigned").to.equal(BatchState.POSTED);
    expect(faulty, "the node's bond is lost").to.equal(true);
  }).timeout(200_000);

  it("behavior: a daemon takes a wrong claim out of its batch and challenges it in court", async () => {
    const { receipts } = await postFakeBatch(world, liar, {
      clients: ["b-1"],
      each: 2,
      change: (receipt, position) =>
        position === 1 ? { ...receipt, outputCommitment: commitOutput("0x09") } : receipt,
    });
    const [, wrong] = receipts;
    if (wrong === undefined) throw new RangeError("no receipt");
    const { deployment } = world;
    const id = hashRequest(assayDomain(deployment), wrong.request);
    await eventually(
      "the dispute",
      async () => {
        const { openedAt } = await getDispute(world.client, { deployment, id });
        return openedAt === 0 ? undefined : true;
      },
      150_000,
    );
  }).timeout(200_000);

  it("behavior: a daemon demands what is withheld, and nobody shows it: it is void", async () => {
    const { batchId, receipts } = await postFakeBatch(world, liar, {
      clients: ["c-1", "c-2"],
      each: 3,
      // Another one in its place.
      show: (receipt, position) => (position === 4 ? { ...receipt, index: 99 } : receipt),
    });
    const { chain, deployment } = world;
    // The node has half of the window to show it.
    await chain.increaseTime({ seconds: CHALLENGE_WINDOW / 2 });
    await eventually(
      "the demand",
      async () => {
        const { demands } = await getBatch(world.client, { deployment, batchId });
        return demands === 1 ? true : undefined;
      },
      150_000,
    );
    await chain.increaseTime({ seconds: RESPONSE_WINDOW });
    await voided(batchId, 4);
    const client = receipts[4]?.request.client as Hex;
    expect(await leftOf(client), "its fee came back").to.equal(IN_THE_CHANNEL - 2n * PRICE);
  }).timeout(300_000);

  it("behavior: every fault that a receipt can have is found, and the contract agrees", async () => {
    // The wrong sum is the last one: the next would not go on from it either.
    const changes: [Fault, (receipt: BatchReceipt) => Partial<BatchReceipt>][] = [
      [Fault.MISPLACED, () => ({ index: 9 })],
      [Fault.UNSIGNED, () => ({ r: `0x${"11".repeat(32)}` })],
      [Fault.MISMETERED, () => ({ units: 2 })],
      [Fault.EVIDENCE, () => ({ evidence: "0x01" })],
      [Fault.REQUIREMENT, ({ request }) => ({ request: { ...request, proveBy: 1 } })],
      [Fault.WRONG_SUM, ({ totals }) => ({ totals: { ...totals, charge: totals.charge + 1n } })],
    ];
    const each = 1 + changes.length;
    const { batchId } = await postFakeBatch(world, liar, {
      clients: ["d-1"],
      each,
      change: (receipt, position) => ({ ...receipt, ...changes[position - 1]?.[1](receipt) }),
    });
    const { chain, deployment } = world;
    const shown = await eventually(
      "all faults",
      async () => {
        const events = await chain.getContractEvents({
          address: deployment.batchSettler,
          abi: batchSettlerAbi,
          eventName: "FaultShown",
          args: { batchId },
          fromBlock: deployment.block,
        });
        return events.length >= each - 1 ? events : undefined;
      },
      150_000,
    );
    const found = new Map(shown.map(({ args }) => [args.position, args.fault]));
    for (const [place, [fault]] of changes.entries())
      expect(found.get(1 + place), faultName(fault)).to.equal(fault);
    expect(found.has(0), "the right one stands").to.equal(false);
  }).timeout(200_000);
});
