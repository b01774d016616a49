// SPDX-License-Identifier: MIT
/** Batches of receipts: the node posts a root and vouchers, a drawn committee countersigns, and all is paid. */
import {
  encodeAbiParameters,
  type Hex,
  keccak256,
  parseAbiParameters,
  parseEventLogs,
  parseSignature,
  signatureToCompactSignature,
  zeroAddress,
} from "viem";
import type { PrivateKeyAccount } from "viem/accounts";

import { batchSettlerAbi } from "../../../src/abi/batchSettler.ts";
import {
  type BatchHeader,
  type BatchReceipt,
  batchRequestTypedData,
  batchRoot,
  countersignatureTypedData,
  Evidence,
  hashBatch,
  hashReceipt,
  hashRequest,
  hashResult,
  voucherTypedData,
} from "../../../src/protocol/index.ts";
import { type Flow, PRICE, requestOf, type Turn } from "./flow.ts";
import { by } from "./world.ts";

const COMMITTEE = 5;
/** Blocks from the post to the one whose hash draws the committee. */
const DRAW_DELAY = 4;
const SEED = parseAbiParameters("bytes32, bytes32");
const PICK = parseAbiParameters("bytes32, uint256");

/** As many receipts with an enclave's signature each, of as many clients. A figure is one receipt's part. */
export function receiptBatch(clients: number, receipts: number): Flow {
  return async (turn) => {
    const { world, step } = turn;
    const { batches } = world.contracts;
    const { node } = world.accounts;
    const { leaves, vouchers, charge } = await makeBatch(turn, clients, receipts);
    const { modelId } = world.requestOn("tee");
    const posting = {
      modelId,
      dataNode: zeroAddress,
      root: batchRoot(leaves),
      postBy: world.now() + 600,
      provenCharge: charge,
      provenValue: 0n,
      claimBond: 0n,
    };

    const { logs } = await step("post", () => batches.write.post([posting, vouchers], by(node)));
    const [posted] = parseEventLogs({ abi: batchSettlerAbi, eventName: "BatchPosted", logs });
    if (posted === undefined) throw new Error("no batch was posted");
    const { header } = posted.args;
    const signatures = await countersign(turn, header);
    await step("countersign", () => batches.write.countersign([header, signatures], by(node)));
    if ((await batches.read.batchOf([hashBatch(header)])).state !== SECURED)
      throw new Error("the batch is not final");
  };
}

/** As in contracts/types/Batch.sol: all of it is paid and final. */
const SECURED = 3;

async function makeBatch(turn: Turn, clients: number, receipts: number) {
  const { world } = turn;
  const { node } = world.accounts;
  const result = world.resultBy(node);
  const leaves: Hex[] = [];
  const vouchers = [];
  let charge = 0n;
  for (const [place, client] of world.channelSigners.slice(0, clients).entries()) {
    const { address } = client;
    const key = [address, node, address] as const;
    const { count, charged } = await world.contracts.batches.read.channelOf(key);
    const share =
      Math.floor(((place + 1) * receipts) / clients) - Math.floor((place * receipts) / clients);
    for (let index = count; index < count + share; ++index) {
      const request = requestOf(turn, "tee", { client: address, nonce: BigInt(index) });
      const requestId = hashRequest(world.domain, request);
      charge += PRICE;
      const receipt: BatchReceipt = {
        request,
        index,
        ...(await sign(client, batchRequestTypedData(world.batchDomain, { requestId, index }))),
        outputCommitment: result.outputCommitment,
        units: result.units,
        kind: Evidence.TEE,
        evidence: await world.enclave.sign({
          hash: hashResult(world.domain, { ...result, requestId }),
        }),
        totals: { charge, provenCharge: charge, provenValue: 0n, claimBond: 0n },
      };
      leaves.push(hashReceipt(receipt));
    }
    const toCount = count + share;
    const toCharge = charged + BigInt(share) * PRICE;
    const message = { client: address, node, count: toCount, maxCharge: toCharge };
    const signature = await sign(client, voucherTypedData(world.batchDomain, message));
    const range = { fromCount: count, toCount, fromCharge: charged, toCharge, maxCharge: toCharge };
    vouchers.push({ client: address, ...signature, ...range });
  }
  return { leaves, vouchers, charge };
}

/** Has the committee drawn; its signatures, by rising seats. */
async function countersign({ world }: Turn, header: BatchHeader) {
  const batchId = hashBatch(header);
  const seats = BigInt(await world.contracts.nodes.read.seatCount());
  const drawnBy = (hash: Hex): (PrivateKeyAccount | undefined)[] => {
    const seed = keccak256(encodeAbiParameters(SEED, [hash, batchId]));
    return Array.from({ length: COMMITTEE }, (_, pick) => {
      const place = BigInt(keccak256(encodeAbiParameters(PICK, [seed, BigInt(pick)]))) % seats;
      return world.verifiers[Number(place) - world.firstVerifier];
    });
  };
  for (let block = 1; block < DRAW_DELAY; ++block) await world.mine();
  // Of nodes whose keys are known, and none twice, so that every draw costs the same.
  let committee: PrivateKeyAccount[] = [];
  await world.mineHash((hash) => {
    committee = drawnBy(hash).filter((account) => account !== undefined);
    return new Set(committee).size === COMMITTEE;
  });
  const typedData = countersignatureTypedData(world.batchDomain, batchId);
  return Promise.all(
    committee.map(async (account, seat) => ({ seat, ...(await sign(account, typedData)) })),
  );
}

/** A signature as EIP-2098 has it. */
async function sign(
  account: PrivateKeyAccount,
  typedData: Parameters<PrivateKeyAccount["signTypedData"]>[0],
): Promise<{ r: Hex; vs: Hex }> {
  const signature = await account.signTypedData(typedData);
  const { r, yParityAndS: vs } = signatureToCompactSignature(parseSignature(signature));
  return { r, vs };
}
