// SPDX-License-Identifier: MIT
// Receipts of many clients in one batch, from the first signature over HTTP to the last check.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import type { Hex } from "viem";

import {
  collectSigner,
  getBatch,
  getChannel,
  getLedgerBalance,
  getSigner,
  nodeClient,
  serializeDeployment,
} from "../../../src/client/index.ts";
import {
  batchRootFrom,
  BatchState,
  chargeOf,
  hashReceipt,
  hashRequest,
  assayDomain,
  type BatchReceiptDocument,
  type Path,
  type RequestId,
  serializeBatchReceipt,
} from "../../../src/protocol/index.ts";
import {
  formatReport,
  rememberReads,
  type VerificationReport,
  verifyReceipt,
} from "../../../src/verifier/index.ts";
import { runJson } from "../../cli/assay.ts";
import { eventually, makeWorld, type World } from "../world.ts";
import {
  COMMITTEE,
  type Customer,
  keyAdmitted,
  makeOrder,
  openChannel,
  PRICE,
  sendInputs,
  startCommittee,
  windows,
} from "./scene.ts";

/** Seconds. */
const CHALLENGE_WINDOW = 600;
/** Different inputs: the node runs the model once for each request all the same. */
const INPUTS = 16;

export interface Settled {
  world: World;
  documents: BatchReceiptDocument[];
  /** Seconds of each stage. */
  took: Record<string, number>;
}

/** @param claims How many of the receipts have a claim instead of a signature; `proofs` a proof. */
export async function settleBatch(parameters: {
  clients: number;
  receipts: number;
  claims: number;
  proofs: number;
}): Promise<Settled> {
  const { clients, receipts, claims, proofs } = parameters;
  const took: Record<string, number> = {};
  let since = performance.now();
  const lap = (stage: string) => {
    took[stage] = Math.round((performance.now() - since) / 100) / 10;
    since = performance.now();
  };
  const world = await makeWorld(windows(CHALLENGE_WINDOW));
  const { deployment, chain, client } = world;
  await world.fund("batch-node");
  const node = await world.start("inference", "batch-node", {
    batches: { size: receipts, ageMs: 3_600_000 },
    doesJobs: proofs > 0,
  });
  await startCommittee(world);
  await keyAdmitted(world, node);
  const customers: Customer[] = [];
  for (let place = 0; place < clients; place += 1)
    customers.push(await openChannel(world, node, `customer-${place}`));
  const inputs = await sendInputs(world, node, INPUTS);
  lap("set-up");

  // Clients at the same time, each one's requests one after the other.
  const ids: RequestId[] = [];
  const pathOf = (number: number): Path => {
    if (number < proofs) return "zkml";
    return number < proofs + claims ? "vanilla" : "tee";
  };
  await Promise.all(
    customers.map(async (customer, place) => {
      for (let number = place; number < receipts; number += clients) {
        const { commitment: inputCommitment = "0x" } = inputs[number % INPUTS] ?? {};
        const path = pathOf(number);
        const named = { node: node.address, customer, path, inputCommitment };
        const request = await makeOrder(world, named);
        const { result } = await customer.channel.send(request);
        expect(chargeOf({ request, units: result.units }), "charge").to.equal(PRICE);
        ids.push(hashRequest(assayDomain(deployment), request));
      }
    }),
  );
  lap("answers");

  const service = nodeClient({ endpoint: node.endpoint });
  const [first] = ids as [RequestId];
  const posted = await eventually(
    "the post",
    () => service.getReceipt({ requestId: first }).catch(() => undefined),
    180_000,
  );
  const { batchId, header } = posted;
  expect(header.count, "all in one batch").to.equal(receipts);
  lap("post");

  await eventually(
    "the countersignature",
    async () => {
      const { state } = await getBatch(client, { deployment, batchId });
      return state === BatchState.SECURED ? true : undefined;
    },
    400_000,
  );
  lap("countersignature");
  const proven = BigInt(receipts - claims) * PRICE;
  const balanceOf = (account: `0x${string}`) => getLedgerBalance(client, { deployment, account });
  // A tenth of what the proven receipts cost is the signers'.
  const earned = await eventually("the node is paid", async () => {
    const balance = await balanceOf(node.address);
    return balance > 0n ? balance : undefined;
  });
  expect(earned, "nine tenths of what is proven").to.equal((proven * 9n) / 10n);

  await chain.increaseTime({ seconds: CHALLENGE_WINDOW });
  await eventually("the end", async () => {
    const { state } = await getBatch(client, { deployment, batchId });
    return claims === 0 || state === BatchState.FINAL ? true : undefined;
  });
  lap("end");

  let shares = 0n;
  for (const name of COMMITTEE) {
    const signer = world.walletOf(name);
    const { address } = signer.account;
    const { held } = await getSigner(client, { deployment, signer: address });
    if (held === 0n) continue;
    await collectSigner(signer, { deployment, signer: address });
    shares += held;
  }
  expect(shares, "a tenth of what is proven, in equal parts").to.equal(proven / 10n);

  for (const { wallet, channel } of customers) {
    const owner = wallet.account.address;
    const named = { client: owner, node: node.address, signer: owner };
    const { charged, count, deposited } = await getChannel(client, { deployment, ...named });
    expect(charged, "charged").to.equal(BigInt(count) * PRICE);
    const before = await balanceOf(owner);
    const { amount } = await channel.close();
    expect(amount, "what is left comes back").to.equal(deposited - charged);
    expect(await balanceOf(owner), "to its balance").to.equal(before + amount);
  }
  lap("channels");

  const documents: BatchReceiptDocument[] = [];
  for (const requestId of ids) {
    const document = await service.getReceipt({ requestId });
    const { receipt, position, siblings } = document;
    const root = batchRootFrom(hashReceipt(receipt), position, siblings);
    expect(root, "its proof").to.equal(header.root);
    documents.push(document);
  }
  lap("documents");
  const reader = rememberReads(world.chain);
  for (const document of documents) {
    const models = [world.model];
    const report = await verifyReceipt(reader, { deployment, receipt: document, models });
    expect(report.ok, formatReport(report)).to.equal(true);
  }
  lap("checks");
  return { world, documents, took };
}

/** By the command in a process of its own. */
export async function runVerify(
  world: World,
  document: BatchReceiptDocument,
): Promise<VerificationReport> {
  const file = join(world.root, `${document.requestId}.json`);
  await writeFile(file, serializeBatchReceipt(document));
  return (await runJson<VerificationReport>(["verify", file, ...(await at(world))])).value;
}

/** What the command says about a batch. */
export async function runStatus(
  world: World,
  batchId: Hex,
): Promise<{ state: string; header: { count: number } }> {
  const args = ["status", batchId, ...(await at(world))];
  return (await runJson<{ state: string; header: { count: number } }>(args)).value;
}

/** Options of a command on this chain. */
async function at({ deployment, root, rpcUrl }: World): Promise<string[]> {
  const book = join(root, "addresses.json");
  await writeFile(book, serializeDeployment(deployment));
  return [`--rpc=${rpcUrl}`, `--deployment=${book}`];
}
