// SPDX-License-Identifier: MIT
// Orders: what the client signs, what its node brings, and what can be read of it afterwards.
import { expect } from "chai";
import { encodeFunctionData, type Hex, maxUint256, parseAbi, zeroAddress, zeroHash } from "viem";
import { sendTransaction, waitForTransactionReceipt } from "viem/actions";

import { nodeRegistryAbi, orderSettlerAbi } from "../../src/abi/index.ts";
import {
  ContractRevertedError,
  OrderUnreadableError,
  ResultNotFoundError,
} from "../../src/client/index.ts";
import { readOrders } from "../../src/client/orderCall.ts";
import {
  assayDomain,
  commitOutput,
  Evidence,
  hashResult,
  hashResults,
  isNonceFree,
  nextNonce,
  payoutOf,
  requiredEvidenceOf,
  type RequestId,
  Role,
  State,
  toOrder,
} from "../../src/protocol/index.ts";
import { Escrow } from "../../src/protocol/state.ts";
import { FORWARDER, forwarded } from "../support/forwarder.ts";
import { enclave, makeServedChain, output, PARAMETERS, tokens } from "./chain.ts";
import { rejection } from "./rejection.ts";

type Served = Awaited<ReturnType<typeof makeServedChain>>;

const TEE = { requiredEvidence: requiredEvidenceOf(["tee"]) };
const APPROVE = parseAbi(["function approve(address spender, uint256 amount)"]);

describe("client actions: orders", () => {
  let chain: Served;
  let until: number;
  before(async () => {
    chain = await makeServedChain();
    const { client, node, networkHelpers } = chain;
    until = (await networkHelpers.time.latest()) + 3_600;
    await client.reserve({
      node: node.address,
      amount: tokens("50"),
      until,
      signer: client.address,
    });
  });
  after(() => chain.connection.close());

  const answer = () => ({
    outputCommitment: commitOutput(output),
    units: 1,
    node: chain.node.address,
  });
  const digestOf = (id: RequestId) =>
    hashResult(assayDomain(chain.deployment), { requestId: id, ...answer() });
  const enclaveSignature = (id: RequestId): Promise<Hex> => enclave.sign({ hash: digestOf(id) });
  const reservation = () =>
    chain.client.getReservation({
      client: chain.client.address,
      node: chain.node.address,
      signer: chain.client.address,
    });
  const namesOf = async (id: RequestId) =>
    (await chain.client.getRequestEvents({ id, blockRange: 7n })).map(({ eventName }) => eventName);

  /** Claims of orders with these nonces, under one root. */
  const claim = async (...nonces: bigint[]) => {
    const orders = await Promise.all(nonces.map((nonce) => chain.signed(nonce)));
    const brought = orders.map((signed) =>
      toOrder({ ...signed, result: answer(), kind: Evidence.VANILLA }),
    );
    const sent = await chain.node.fulfilOrders({ orders: brought, evidence: [] });
    expect(sent.refused, "all are taken").to.deep.equal([]);
    return orders;
  };

  it("default: evidence that is final at once, in one transaction and without a record", async () => {
    const { client, node, signed } = chain;
    const before = await reservation();
    const nonce = nextNonce(before);
    const { id, request, signature } = await signed(nonce, TEE);
    expect(await client.getStatus({ id }), "before").to.equal("NONE");
    const late = client.waitForFinal({ id, timeout: 10_000, pollingInterval: 20 });
    const order = toOrder({ request, signature, result: answer(), kind: Evidence.TEE });
    const { events } = await node.fulfilOrder({ order, evidence: await enclaveSignature(id) });
    expect(events.map(({ eventName }) => eventName)).to.include("OrderSettled");

    const { result, state, evidence, escrow } = await late;
    expect(result, "result").to.deep.equal(answer());
    expect({ state, evidence, escrow }, "record").to.deep.equal({
      state: State.FINAL,
      evidence: 0b101,
      escrow: Escrow.FEE,
    });
    expect(await client.getStatus({ id }), "after").to.equal("FINAL");
    expect(await client.findRequest({ id }), "the request").to.deep.equal(request);
    expect(await client.findResult({ id }), "the result").to.deep.equal(answer());
    expect(await namesOf(id), "history").to.deep.equal(["OrderSettled"]);
    const left = await reservation();
    expect(left.amount, "the fee is taken").to.equal(before.amount - tokens("1"));
    expect(isNonceFree(left, nonce), "its nonce").to.equal(false);
    const notClaimed = await rejection(client.findClaim({ id }));
    expect(notClaimed, "no claim").to.be.instanceOf(ResultNotFoundError);
  });

  it("default: claims of several orders become final under one root", async () => {
    const { client, challenger, node, networkHelpers } = chain;
    const before = await client.getEarnings({ node: node.address, at: "orderSettler" });
    const orders = await claim(10n, 11n, 12n);
    const [{ id }] = orders as [(typeof orders)[number]];
    expect(await client.getStatus({ id }), "claimed").to.equal("PENDING");
    const { result, proof, ...claims } = await client.findClaim({ id });
    expect(result, "what was claimed").to.deep.equal(answer());
    expect(proof, "of three leaves").to.have.length(2);
    const { count, clock, fee } = await client.getClaims(claims);
    expect({ count, fee }, "claims").to.deep.equal({ count: 3, fee: tokens("3") });
    const record = await client.getRequestRecord({ id });
    expect(record, "as a record").to.include({ state: State.DELIVERED, evidence: 1, clock });

    const early = await rejection(challenger.finalizeClaims(claims));
    expect((early as ContractRevertedError).errorName, "early").to.equal("ClaimsOpen");
    const waiting = client.waitForFinal({ id, timeout: 10_000, pollingInterval: 20 });
    const statuses: string[] = [];
    const watched = new Promise<void>((resolve) => {
      client.watchStatus({
        id,
        pollingInterval: 5,
        onStatus: (status) => {
          statuses.push(status);
          if (status === "FINAL") resolve();
        },
      });
    });
    await networkHelpers.time.increaseTo(clock + PARAMETERS.challengeWindow);
    await challenger.finalizeClaims(claims);
    expect((await waiting).result, "final").to.deep.equal(answer());
    await watched;
    expect(statuses.at(-1), "watched").to.equal("FINAL");
    for (const order of orders) {
      expect(await client.getStatus({ id: order.id }), "each").to.equal("FINAL");
      expect(await client.findRequest({ id: order.id }), "each").to.deep.equal(order.request);
    }
    expect(await namesOf(id), "history").to.deep.equal([
      "OrderClaimed",
      "ClaimsEntered",
      "ClaimsFinal",
    ]);
    const again = await rejection(challenger.finalizeClaims(claims));
    expect((again as ContractRevertedError).errorName, "again").to.equal("ClaimsUnknown");

    const { own } = await client.getEarnings({ node: node.address, at: "orderSettler" });
    expect(own - before.own, "nine tenths").to.equal(tokens("2.7"));
    const balance = await client.getLedgerBalance({ account: node.address });
    const moved = await challenger.collectAll({ node: node.address });
    expect(moved, "collected").to.deep.equal({ market: 0n, orderSettler: own, batchSettler: 0n });
    const after = await client.getLedgerBalance({ account: node.address });
    expect(after - balance, "at its payout address").to.equal(own);
  });

  it("behavior: an extracted claim has a record in the market, and the others stay", async () => {
    const { client, challenger, networkHelpers } = chain;
    const [first, second] = await claim(20n, 21n);
    const { id, request } = first!;
    const { root, result, proof, ...claims } = await client.findClaim({ id });
    await challenger.extractClaim({ request, result, root, proof });
    const record = await client.getRequestRecord({ id });
    expect(record, "of the market").to.include({ state: State.DELIVERED, escrow: Escrow.FEE });
    expect((await client.getClaims({ ...claims, root })).count, "left").to.equal(1);
    expect(await client.getStatus({ id: second!.id }), "the other").to.equal("PENDING");

    await networkHelpers.time.increaseTo(await client.getFinalAt({ request }));
    const { payout } = await challenger.finalize({ request, result });
    const rules = { request, units: 1, parameters: PARAMETERS, escrow: Escrow.FEE };
    expect(payout, "nothing was in escrow but the fee").to.deep.equal(payoutOf(rules));
    expect((await client.waitForFinal({ id })).result, "final").to.deep.equal(answer());
    expect(await namesOf(id), "history").to.deep.equal([
      "OrderClaimed",
      "ClaimsEntered",
      "ClaimExtracted",
      "RequestOpened",
      "ResultDelivered",
      "RequestFinal",
    ]);
    await challenger.finalizeClaims({ ...claims, root });
    expect(await client.getStatus({ id: second!.id }), "the other").to.equal("FINAL");
  });

  it("behavior: of orders that come together a bad one is skipped", async () => {
    const { client, node, signed } = chain;
    const good = await signed(30n, TEE);
    const used = await signed(0n, TEE);
    const orders = [good, used].map((order) =>
      toOrder({ ...order, result: answer(), kind: Evidence.TEE }),
    );
    const signature = await enclave.sign({
      hash: hashResults([digestOf(good.id), digestOf(used.id)]),
    });
    const { refused } = await node.fulfilOrders({ orders, evidence: [], signature });
    expect(refused, "one").to.have.length(1);
    expect(refused[0]?.id, "which").to.equal(used.id);
    const error = refused[0]?.error;
    expect(error, "why").to.be.instanceOf(ContractRevertedError);
    expect((error as ContractRevertedError).errorName, "why").to.equal("NonceUsed");
    expect(await client.getStatus({ id: good.id }), "the good one").to.equal("FINAL");
    expect(await client.getStatus({ id: used.id }), "the bad one").to.equal("NONE");
    expect(await namesOf(used.id), "its history").to.deep.equal(["OrderRefused"]);
    expect((await client.waitForFinal({ id: good.id })).evidence, "shared").to.equal(0b101);
  });

  it("behavior: an order with a consumer is as one that was opened", async () => {
    const { client, connection, node, signed } = chain;
    const consumer = await connection.viem.deployContract("HostileConsumer");
    const called = { ...TEE, consumer: consumer.address, callbackGas: 200_000 };
    const { id, request, signature } = await signed(40n, called);
    const order = toOrder({ request, signature, result: answer(), kind: Evidence.TEE });
    const { events } = await node.fulfilOrderAndCall({
      order,
      evidence: await enclaveSignature(id),
      output,
    });
    const names = events.map(({ eventName }) => eventName);
    expect(names, "events").to.include.members(["RequestOpened", "RequestFinal"]);
    const { escrow } = await client.getRequestRecord({ id });
    expect(escrow, "of the market").to.equal(Escrow.MAX_FEE);
    const found = await client.findRequest({ id });
    expect(found.consumer.toLowerCase(), "found").to.equal(consumer.address);
    expect((await client.waitForFinal({ id })).result, "final").to.deep.equal(answer());
  });

  it("error: a contract can bring no claim, whose request nobody could read", async () => {
    const { client, deployment, networkHelpers, publicClient, modelId, signed } = chain;
    const { account } = client;
    const deployed = await sendTransaction(client, { account, chain: null, data: FORWARDER });
    const receipt = await waitForTransactionReceipt(publicClient, { hash: deployed });
    const node = receipt.contractAddress as Hex;
    const through = async (to: Hex, data: Hex) => {
      const call = { account, chain: null, to: node, data: forwarded(to, data), gas: 3_000_000n };
      const hash = await sendTransaction(client, call);
      const sent = await waitForTransactionReceipt(publicClient, { hash });
      expect(sent.status, "the call went through").to.equal("success");
      return hash;
    };
    const { token, nodeRegistry, orderSettler } = deployment;
    const minted = await chain.connection.viem.getContractAt("TestToken", token);
    await minted.write.mint([node, tokens("1000")]);
    await through(
      token,
      encodeFunctionData({
        abi: APPROVE,
        functionName: "approve",
        args: [nodeRegistry, maxUint256],
      }),
    );
    await through(
      nodeRegistry,
      encodeFunctionData({
        abi: nodeRegistryAbi,
        functionName: "register",
        args: [Role.INFERENCE, node, node, tokens("1000"), ""],
      }),
    );
    const transactionHash = await through(
      nodeRegistry,
      encodeFunctionData({
        abi: nodeRegistryAbi,
        functionName: "optIn",
        args: [modelId, tokens("500")],
      }),
    );
    const now = await networkHelpers.time.latest();
    await client.reserve({
      node,
      amount: tokens("5"),
      until: now + 3_600,
      signer: client.address,
    });
    const { request, signature } = await signed(0n, { node });
    const order = toOrder({ request, signature, result: answer(), kind: Evidence.VANILLA });
    const claim = encodeFunctionData({
      abi: orderSettlerAbi,
      functionName: "fulfilOrder",
      args: [order, "0x"],
    });
    const refused = await rejection(through(orderSettler, claim));
    expect((refused as Error).message, "refused").to.match(/ClaimHidden/);
    const error = await rejection(readOrders(client, { deployment, transactionHash }));
    expect(error, "its calldata tells nothing").to.be.instanceOf(OrderUnreadableError);
    expect((error as OrderUnreadableError).code, "code").to.equal("CLIENT-027");
    expect((error as Error).message, "why").to.match(/it called 0x.*not 0x/);
  });

  it("error: a signature that contracts do not accept", async () => {
    const { request, signature } = await chain.signed(50n);
    const result = answer();
    for (const bad of ["0x", `${signature}00`, `${signature.slice(0, -2)}02`] as Hex[]) {
      const make = () => toOrder({ request, signature: bad, result, kind: Evidence.VANILLA });
      expect(make, bad).to.throw("65 bytes");
    }
  });

  it("behavior: what is left of a reservation is released", async () => {
    const { client, node, networkHelpers } = chain;
    const names = { node: node.address, signer: client.address };
    const early = await rejection(client.release(names));
    expect((early as ContractRevertedError).errorName, "early").to.equal("ReservationActive");
    await networkHelpers.time.increaseTo(until + PARAMETERS.longestOrder + 1);
    await client.release(names);
    const { amount, used } = await reservation();
    expect({ amount, used }, "released").to.deep.equal({ amount: 0n, used: 0n });
  });

  it("error: claims that nobody entered", async () => {
    const { client, node, modelId } = chain;
    const nobody = { node: node.address, modelId, dataNode: zeroAddress, root: zeroHash };
    const error = await rejection(client.finalizeClaims(nobody));
    expect((error as ContractRevertedError).errorName, "name").to.equal("ClaimsUnknown");
    const missing = await rejection(client.findClaim({ id: zeroHash }));
    expect(missing, "find").to.be.instanceOf(ResultNotFoundError);
  });
});
