// SPDX-License-Identifier: MIT
import { expect } from "chai";
import type { Hex } from "viem";

import {
  demandReceipt,
  getBatch,
  getChannel,
  nodeClient,
  signBatchRequest,
  signVoucher,
} from "../../../src/client/index.ts";
import { ChannelAllowanceError, NodeRefusedError } from "../../../src/client/errors.ts";
import type { BatchOrder } from "../../../src/client/index.ts";
import type { RunningNode } from "../../../src/node/index.ts";
import { assayDomain, BatchState, hashRequest } from "../../../src/protocol/index.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { eventually, makeWorld, tokens, type World } from "../world.ts";
import { type Customer, makeOrder, openChannel, PRICE, sendInputs, windows } from "./scene.ts";

const NAME = "batch-node";
const NEVER_MS = 3_600_000;

describe("an inference node's batches", () => {
  let world: World;
  let node: RunningNode;
  let customer: Customer;
  let inputCommitment: Hex;

  before(async function () {
    this.timeout(300_000);
    world = await makeWorld(windows(120));
    await world.fund(NAME);
    node = await start(1_000, NEVER_MS);
    customer = await openChannel(world, node, "customer");
    const [first] = await sendInputs(world, node, 1);
    inputCommitment = first?.commitment ?? "0x";
  });
  after(async function () {
    this.timeout(60_000);
    await world.close();
  });

  const start = (size: number, ageMs: number) =>
    world.start("inference", NAME, { batches: { size, ageMs }, doesJobs: false });

  const order = (of: Customer, changes = {}) =>
    makeOrder(
      world,
      { node: node.address, customer: of, path: "vanilla", inputCommitment },
      changes,
    );

  const refusalOf = async (sent: Promise<unknown>): Promise<string> => {
    const error = await sent.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error, "refused").to.be.instanceOf(NodeRefusedError);
    return (error as NodeRefusedError).message;
  };

  const channelOf = ({ wallet }: Customer) => {
    const signer = wallet.account.address;
    const named = { client: signer, node: node.address, signer };
    return getChannel(world.client, { deployment: world.deployment, ...named });
  };

  it("behavior: an order sent again gets the same answer, and no second index", async () => {
    const request = await order(customer);
    const answer = await customer.channel.send(request);
    const { wallet } = customer;
    const { deployment } = world;
    const owner = wallet.account.address;
    const maxCharge = 2n * PRICE;
    const named = { client: owner, node: node.address, count: 1, maxCharge };
    const again: BatchOrder = {
      request,
      index: 0,
      signature: await signBatchRequest(wallet, { deployment, request, index: 0 }),
      maxCharge,
      voucherSignature: await signVoucher(wallet, { deployment, ...named }),
    };
    const service = nodeClient({ endpoint: node.endpoint });
    const second = await service.orderReceipt(again);
    expect(toCanonicalJson(second), "the same answer").to.equal(toCanonicalJson(answer));
    const other = { ...again, request: await order(customer) };
    const { request: otherRequest } = other;
    other.signature = await signBatchRequest(wallet, {
      deployment,
      request: otherRequest,
      index: 0,
    });
    const reason = await refusalOf(service.orderReceipt(other));
    expect(reason, "index of another request").to.match(/IndexMismatch.*next index is 1/);
    expect(customer.channel.use, "the client's count").to.deep.equal({ count: 1, charge: PRICE });
  });

  it("error: orders that no batch could settle are refused, and nobody else waits for them", async () => {
    const { deployment } = world;
    const { wallet } = customer;
    const owner = wallet.account.address;
    const service = nodeClient({ endpoint: node.endpoint });
    const make = async (changes: Partial<BatchOrder> = {}, fields = {}): Promise<BatchOrder> => {
      const request = await order(customer, fields);
      const { index = 1, maxCharge = 3n * PRICE } = changes;
      const named = { client: owner, node: node.address, count: index + 1, maxCharge };
      return {
        request,
        index,
        signature: await signBatchRequest(wallet, { deployment, request, index }),
        maxCharge,
        voucherSignature: await signVoucher(wallet, { deployment, ...named }),
        ...changes,
      };
    };
    const stranger = world.walletOf("stranger");
    const good = await make();
    const byStranger = {
      ...good,
      signature: await signBatchRequest(stranger, { deployment, request: good.request, index: 1 }),
    };
    const zeros: Hex = `0x${"00".repeat(65)}`;
    const timestamp = Number((await world.chain.getBlock()).timestamp);
    const cases: [reason: string, order: BatchOrder][] = [
      ["VoucherTooLow", await make({ maxCharge: 3n * PRICE - 1n })],
      ["IndexMismatch", await make({ index: 2 })],
      ["SignerMismatch", byStranger],
      ["SignatureInvalid", { ...good, voucherSignature: zeros }],
      ["NodeMismatch", await make({}, { node: owner })],
      ["FeeTooLow", await make({}, { maxFee: PRICE - 1n })],
      ["DeadlinePassed", await make({}, { deliverBy: timestamp })],
      ["ProofDeadlineTooEarly", await make({}, { proveBy: timestamp + 100 })],
      ["EvidenceUnavailable", await make({}, { requiredEvidence: 0b110 })],
      ["ConsumerUnsupported", await make({}, { consumer: owner })],
      ["DeclaredValueAboveCap", await make({}, { declaredValue: tokens("1000000") })],
      ["ChannelInsufficient", await make({ maxCharge: tokens("61") }, { maxFee: tokens("60") })],
    ];
    for (const [reason, bad] of cases)
      expect(await refusalOf(service.orderReceipt(bad)), reason).to.contain(`(${reason})`);
    await customer.channel.send(await order(customer));
    expect(customer.channel.use.count, "the channel goes on").to.equal(2);
    const dear = await order(customer, { maxFee: tokens("51") });
    const error = await customer.channel.send(dear).catch((thrown: unknown) => thrown);
    expect(error, "the client signs no more than it has").to.be.instanceOf(ChannelAllowanceError);
  });

  it("behavior: what was answered is posted by the next process, and a channel that ran out stops nobody", async () => {
    // Its channel ends before the batch is made.
    const late = await openChannel(world, node, "late", { lasts: 200 });
    await late.channel.send(await order(late));
    await node.stop();
    await world.chain.increaseTime({ seconds: 20_200 });
    node = await start(1_000, 0);
    const fresh = await openChannel(world, node, "fresh");
    await fresh.channel.send(await order(fresh));
    for (const [who, expected] of [
      [customer, 2],
      [fresh, 1],
    ] as const)
      await eventually("the post", async () => {
        const { count } = await channelOf(who);
        return count === expected ? true : undefined;
      });
    expect((await channelOf(late)).charged, "nothing of the channel that ran out").to.equal(0n);
  }).timeout(200_000);

  it("behavior: what is demanded is shown, and the batch ends without a committee", async () => {
    const { deployment, chain } = world;
    const buyer = await openChannel(world, node, "buyer");
    const request = await order(buyer);
    await buyer.channel.send(request);
    const requestId = hashRequest(assayDomain(deployment), request);
    const service = nodeClient({ endpoint: node.endpoint });
    const { header, batchId, position } = await eventually("the post", () =>
      service.getReceipt({ requestId }).catch(() => undefined),
    );
    await demandReceipt(buyer.wallet, { deployment, header, position });
    await eventually("the answer", async () => {
      const { demands, heldUntil } = await getBatch(world.client, { deployment, batchId });
      return demands === 0 && heldUntil > 0 ? true : undefined;
    });
    await chain.increaseTime({ seconds: 200 });
    await eventually("the end", async () => {
      const { state } = await getBatch(world.client, { deployment, batchId });
      return state === BatchState.FINAL ? true : undefined;
    });
  }).timeout(200_000);
});
