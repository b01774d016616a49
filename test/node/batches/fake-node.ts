// SPDX-License-Identifier: MIT
// An inference node made of a key and a file server: it posts whatever it is told to, and shows what it wants to.
import { createServer } from "node:http";

import { type Address, bytesToHex, type Hex, zeroAddress } from "viem";

import {
  fundChannel,
  getModel,
  optIn,
  pledge,
  postBatch,
  registerNode,
  signBatchRequest,
  signVoucher,
} from "../../../src/client/index.ts";
import {
  addToTotals,
  batchRoot,
  type BatchReceipt,
  type BatchVoucher,
  chargeOf,
  commitOutput,
  Evidence,
  hashReceipt,
  NO_TOTALS,
  type Request,
  Role,
  toCompactSignature,
} from "../../../src/protocol/index.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { commitInput, runModel } from "../../../src/zkml/index.ts";
import { tokens, type World } from "../world.ts";
import { fundCustomer, PRICE } from "./scene.ts";

export type FakeNode = Awaited<ReturnType<typeof startFakeNode>>;

/** Registered and serving, with stake behind claims. */
export async function startFakeNode(world: World, name: string) {
  const { deployment, modelId } = world;
  const wallet = await fundCustomer(world, name);
  const files = new Map<string, unknown>();
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(toCanonicalJson(file ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const endpoint = `http://127.0.0.1:${port}`;
  const amount = tokens("4000");
  await registerNode(wallet, { deployment, role: Role.INFERENCE, amount, endpoint });
  await optIn(wallet, { deployment, modelId, amount: tokens("3000") });
  await pledge(wallet, { deployment, modelId, amount: tokens("2000") });
  return {
    wallet,
    address: wallet.account.address,
    serve: (path: string, file: unknown) => files.set(path, file),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

export interface FakeBatch {
  batchId: Hex;
  receipts: BatchReceipt[];
}

/**
 * A batch of right claims, `each` by client, with the receipts changed before they are hashed. The clients have channels and have
 * signed all of it.
 */
export async function postFakeBatch(
  world: World,
  node: FakeNode,
  parameters: {
    clients: readonly string[];
    each: number;
    change?: (receipt: BatchReceipt, position: number) => BatchReceipt;
    /** What `GET /batches/:root/receipts` answers with in place of a receipt. */
    show?: (receipt: BatchReceipt, position: number) => BatchReceipt;
  },
): Promise<FakeBatch> {
  const { deployment, model, modelId, chain } = world;
  const { clients, each, change = (receipt) => receipt, show = (receipt) => receipt } = parameters;
  const { bond } = await getModel(world.client, { deployment, modelId });
  const input = await world.makeInput("3.pgm");
  const inputCommitment = commitInput(model, input);
  node.serve(`/inputs/${inputCommitment}`, { modelId, input: bytesToHex(input) });
  const { output } = runModel(model, input);
  const until = Number((await chain.getBlock()).timestamp) + 3_600;

  const receipts: BatchReceipt[] = [];
  const vouchers: BatchVoucher[] = [];
  let totals = NO_TOTALS;
  for (const name of clients) {
    const wallet = await fundCustomer(world, name);
    const client: Address = wallet.account.address;
    const amount = tokens("10");
    await fundChannel(wallet, { deployment, node: node.address, signer: client, amount, until });
    for (let index = 0; index < each; index += 1) {
      const made = await world.makeRequest(input, { client, node: node.address });
      const request: Request = {
        ...made,
        inputCommitment,
        unitPrice: PRICE,
        maxFee: 2n * PRICE,
        proveBy: made.deliverBy + 6_000,
      };
      const signature = await signBatchRequest(wallet, { deployment, request, index });
      const outputCommitment = commitOutput(output);
      const answered = { request, units: 1, kind: Evidence.VANILLA };
      const unchanged: BatchReceipt = {
        ...answered,
        index,
        ...toCompactSignature(signature),
        outputCommitment,
        evidence: "0x",
        totals: addToTotals(totals, answered, { bond }),
      };
      const receipt = change(unchanged, receipts.length);
      // Sums go on from what is posted, whatever it is.
      totals = addToTotals(totals, receipt, { bond });
      receipts.push(receipt.totals === unchanged.totals ? { ...receipt, totals } : receipt);
    }
    const maxCharge = BigInt(each) * 2n * PRICE;
    const named = { client, node: node.address, count: each, maxCharge };
    const voucherSignature = await signVoucher(wallet, { deployment, ...named });
    vouchers.push({
      client,
      ...toCompactSignature(voucherSignature),
      fromCount: 0,
      toCount: each,
      fromCharge: 0n,
      toCharge: receipts.slice(-each).reduce((sum, receipt) => sum + chargeOf(receipt), 0n),
      maxCharge,
    });
  }

  const leaves = receipts.map(hashReceipt);
  const root = batchRoot(leaves);
  node.serve(`/batches/${root}`, { leaves });
  node.serve(`/batches/${root}/receipts?from=0`, { receipts: receipts.map(show) });
  const { provenCharge, provenValue, claimBond } = totals;
  const posting = {
    modelId,
    dataNode: zeroAddress,
    root,
    postBy: until,
    provenCharge,
    provenValue,
    claimBond,
  };
  const { batchId } = await postBatch(node.wallet, { deployment, posting, vouchers });
  return { batchId, receipts };
}
