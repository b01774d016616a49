// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { encodeFunctionData, keccak256, zeroAddress, type Hex } from "viem";

import { inferenceMarketAbi } from "../../src/abi/inferenceMarket.ts";
import {
  accept,
  cancel,
  fulfil,
  NodeNotFoundError,
  NodeUnreachableError,
  RequestEndedError,
  RequestNotFoundError,
  setEndpoint,
} from "../../src/client/index.ts";
import { Evidence, type Path } from "../../src/protocol/evidence.ts";
import type { RequestId } from "../../src/protocol/ids.ts";
import {
  buildReceipt,
  EndpointMissingError,
  EvidenceCallError,
  OutputMismatchError,
  RequestNotFinalError,
  verifyReceipt,
  verifyRequest,
  WrappedCallError,
} from "../../src/verifier/index.ts";
import { contradict } from "./contradictions.ts";
import { expectRefuted, expectValid } from "./reports.ts";
import { makeEvidence, open, settle } from "./settle.ts";
import { closeWorld, createWorld, rejectionOf, type World } from "./world.ts";

/** An estimate would let the inner call fail, which the forwarder does not mind. */
const FORWARD_GAS = 3_000_000n;

describe("buildReceipt", () => {
  let world: World;
  const build = (requestId: RequestId) =>
    buildReceipt(world.chain, { deployment: world.deployment, requestId });
  const claim = async (path: Path) => {
    const order = await open(world, path);
    const { request, result } = order;
    const call = { deployment: world.deployment, request };
    await fulfil(world.wallets.node, { ...call, result, kind: Evidence.VANILLA, evidence: "0x" });
    return order;
  };

  before(async () => {
    world = await createWorld();
  });
  after(() => closeWorld(world));

  it("default: everything from the chain and the node's service", async () => {
    const { id, request, result } = await settle(world, "tee");
    const receipt = await build(id);
    expect(receipt.request, "request").to.deep.equal(request);
    expect(receipt.result, "result").to.deep.equal(result);
    expect(receipt.output, "output").to.equal(world.output);
  });

  it("error: not final yet, with what to wait for", async () => {
    const { deployment, wallets } = world;
    const verify = (requestId: RequestId) => verifyRequest(world.chain, { deployment, requestId });
    const expectPending = async (id: RequestId, state: string, waitFor: RegExp) => {
      for (const ask of [build, verify]) {
        const error = await rejectionOf(ask(id));
        expect(error, state).to.be.instanceOf(RequestNotFinalError);
        expect(error, `${state}: code`).to.have.property("code", "VERIFY-001");
        expect(error, `${state}: state`).to.have.property("state", state);
        expect((error as Error).message, `${state}: message`).to.match(waitFor);
      }
    };
    const order = await open(world, "vanilla");
    await expectPending(order.id, "OPEN", /for a node to accept.*before \d{4}-/);
    await accept(wallets.node, { deployment, request: order.request });
    await expectPending(order.id, "ASSIGNED", /for the result of node 0x.*before \d{4}-/);
    await expectPending(
      (await claim("vanilla")).id,
      "DELIVERED",
      /until its window closes at \d{4}-/,
    );
    await expectPending(
      (await claim("zkml")).id,
      "DELIVERED",
      /for its zkml evidence, due before \d{4}-/,
    );
  });

  it("error: ended without a result, or unknown", async () => {
    const { deployment, wallets } = world;
    const { id, request } = await open(world, "vanilla");
    await cancel(wallets.client, { deployment, request });
    const ended = await rejectionOf(build(id));
    expect(ended, "cancelled").to.be.instanceOf(RequestEndedError);
    expect(ended, "cancelled: state").to.have.property("state", "REFUNDED");
    const unknown = await rejectionOf(build(keccak256("0x")));
    expect(unknown, "unknown").to.be.instanceOf(RequestNotFoundError);
  });

  it("error: the node does not serve it, cannot be reached, or has no endpoint", async () => {
    const { deployment, wallets, service, connection } = world;
    const { id } = await settle(world, "vanilla");
    const path = `/results/${id}`;
    const file = service.get(path);
    service.remove(path);
    expect(await rejectionOf(build(id)), "not served").to.be.instanceOf(NodeNotFoundError);
    service.put(path, file);

    const snapshot = await connection.networkHelpers.takeSnapshot();
    await setEndpoint(wallets.node, { deployment, endpoint: "http://127.0.0.1:1" });
    expect(await rejectionOf(build(id)), "unreachable").to.be.instanceOf(NodeUnreachableError);
    await setEndpoint(wallets.node, { deployment, endpoint: "" });
    expect(await rejectionOf(build(id)), "no endpoint").to.be.instanceOf(EndpointMissingError);
    await snapshot.restore();
    expectValid(await verifyRequest(world.chain, { deployment, requestId: id }), "served again");
  });

  it("error: another output than the one on chain", async () => {
    const { chain, deployment } = world;
    const { id } = await settle(world, "vanilla");
    const { resultSignature } = await build(id);
    const fetchOutput = () =>
      Promise.resolve({ output: "0x07" as Hex, signature: resultSignature });
    const error = await rejectionOf(
      buildReceipt(chain, { deployment, requestId: id, fetchOutput }),
    );
    expect(error, "error").to.be.instanceOf(OutputMismatchError);
  });

  it("behavior: a proof's output needs no node", async () => {
    const { chain, deployment } = world;
    const { id } = await settle(world, "zkml");
    const { resultSignature } = await build(id);
    const fetchOutput = () => Promise.resolve({ output: "0x" as Hex, signature: resultSignature });
    const receipt = await buildReceipt(chain, { deployment, requestId: id, fetchOutput });
    expect(receipt.output, "output").to.equal(world.output);
    expectValid(await verifyReceipt(chain, { deployment, receipt }), "receipt");
  });

  it("error: evidence that came wrapped in another contract's call", async () => {
    const { chain, deployment, wallets } = world;
    const order = await claim("zkml");
    const { request, result } = order;
    const evidence = await makeEvidence(world, "zkml", order);
    const forwarder = await deployForwarder(world);
    const data = encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: "prove",
      args: [request, result, Evidence.ZKML, evidence],
    });
    const hash = await wallets.client.sendTransaction({ to: forwarder, data, gas: FORWARD_GAS });
    await chain.waitForTransactionReceipt({ hash });
    const error = await rejectionOf(build(order.id));
    expect(error, "error").to.be.instanceOf(WrappedCallError);
    expect(error, "transaction").to.have.property("transactionHash", hash);
    expect((error as Error).message, "message").to.match(/wrapped/);

    // Whoever has the bytes can write the receipt, but the verifier does not take his word.
    const direct = contradict(world, (method, _params, answer) =>
      method === "eth_getTransactionByHash"
        ? { ...(answer as object), to: deployment.market, input: data }
        : answer,
    );
    const receipt = await buildReceipt(direct, { deployment, requestId: order.id });
    expectRefuted(
      await verifyReceipt(chain, { deployment, receipt }),
      "evidence:zkml",
      /wrapped/,
      "receipt",
    );
  });

  it("error: a transaction with something else", async () => {
    const { deployment } = world;
    const { id, request, result } = await settle(world, "tee");
    const inputs: [string, Hex, RegExp][] = [
      ["no call", "0x", /no call of the market/],
      [
        "another function",
        encodeFunctionData({
          abi: inferenceMarketAbi,
          functionName: "finalize",
          args: [request, result],
        }),
        /it calls finalize/,
      ],
      [
        "another kind",
        encodeFunctionData({
          abi: inferenceMarketAbi,
          functionName: "fulfil",
          args: [request, result, Evidence.ZKML, "0x"],
        }),
        /not of the tee path/,
      ],
    ];
    for (const [label, input, reason] of inputs) {
      const other = contradict(world, (method, _params, answer) =>
        method === "eth_getTransactionByHash" ? { ...(answer as object), input } : answer,
      );
      const error = await rejectionOf(buildReceipt(other, { deployment, requestId: id }));
      expect(error, label).to.be.instanceOf(EvidenceCallError);
      expect((error as Error).message, `${label}: reason`).to.match(reason);
    }
    const creation = contradict(world, (method, _params, answer) =>
      method === "eth_getTransactionByHash" ? { ...(answer as object), to: null } : answer,
    );
    const error = await rejectionOf(buildReceipt(creation, { deployment, requestId: id }));
    expect(error, "a deployment").to.be.instanceOf(WrappedCallError);
  });
});

/** A contract that passes every call on to the market. */
async function deployForwarder({ chain, deployment, wallets }: World): Promise<Hex> {
  // CALLDATACOPY all, CALL the market with it, STOP.
  const runtime = `365f5f375f5f365f5f73${deployment.market.slice(2)}5af15000`;
  const length = (runtime.length / 2).toString(16).padStart(2, "0");
  const hash = await wallets.client.deployContract({
    abi: [],
    bytecode: `0x60${length}8060095f395ff3${runtime}`,
  });
  const { contractAddress } = await chain.waitForTransactionReceipt({ hash });
  return contractAddress ?? zeroAddress;
}
