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
  toHex,
  type TransactionReceipt,
  zeroAddress,
} from "viem";
import type { PrivateKeyAccount } from "viem/accounts";

import { batchSettlerAbi } from "../../../src/abi/batchSettler.ts";
import {
  type BatchHeader,
  type BatchPart,
  batchProofs,
  type BatchReceipt,
  batchRequestTypedData,
  batchRoot,
  countersignatureTypedData,
  Evidence,
  hashBatch,
  hashPart,
  hashReceipt,
  hashRequest,
  hashResult,
  merkleProof,
  voucherTypedData,
} from "../../../src/protocol/index.ts";
import { type Flow, PRICE, requestOf, type Turn } from "./flow.ts";
import { by, OTHER_OUTPUT } from "./world.ts";

export const COMMITTEE = 5;
export const QUORUM = 4;
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
    const batch = await makeBatch(turn, clients, receipts);
    const posted = await step("post", () => batches.write.post(toPosting(turn, batch), by(node)));
    const header = headerIn(posted);
    const signatures = await countersign(turn, header);
    await step("countersign", () => batches.write.countersign([header, signatures], by(node)));
    if ((await batches.read.batchOf([hashBatch(header)])).state !== SECURED)
      throw new Error("the batch is not final");
  };
}

/** A receipt of a large batch whose enclave signed another result: its challenge, and the commitment before. */
export function receiptFault(countersigners = 0): Flow {
  return async (turn) => {
    const { world, step } = turn;
    const { batches } = world.contracts;
    const { node, challenger } = world.accounts;
    const batch = await makeBatch(turn, FAULT.clients, FAULT.receipts, FAULT.position);
    const posted = await world.send(() => batches.write.post(toPosting(turn, batch), by(node)));
    const header = headerIn(posted);
    let signers: readonly Hex[] = [];
    if (countersigners > 0) {
      const signatures = (await countersign(turn, header)).slice(0, countersigners);
      await world.send(() => batches.write.countersign([header, signatures], by(node)));
      signers = await signersOf(turn, header);
    }
    const accusation = [hashBatch(header), FAULT.position, FAULT.kind, SALT] as const;
    const hash = await batches.read.challengeCommitment([challenger, ...accusation]);
    const index = batch.parts.findLastIndex(({ start }) => start <= FAULT.position);
    const place = {
      part: batch.parts[index] as BatchPart,
      proof: merkleProof(batch.parts.map(hashPart), index),
    };
    const leaf = {
      position: FAULT.position,
      receipt: batch.receipts[FAULT.position] as BatchReceipt,
      proof: batchProofs(batch.leaves)[FAULT.position] as Hex[],
    };

    await step("commit", () => batches.write.commitChallenge([hash], by(challenger)));
    await step("", () =>
      batches.write.challenge([header, place, signers, [leaf], FAULT.kind, SALT], by(challenger)),
    );
    if (!(await batches.read.isVoid([hashBatch(header), FAULT.position])))
      throw new Error("the receipt is not void");
  };
}

/** What is shown: in the midst of a batch, evidence of another result. */
const FAULT = { clients: 10, receipts: 1_000, position: 550, kind: 4 } as const;
const SALT = keccak256(toHex("salt of a challenge"));
/** As in contracts/types/Batch.sol: all of it is paid and final. */
const SECURED = 3;

interface MadeBatch {
  receipts: BatchReceipt[];
  leaves: Hex[];
  vouchers: Voucher[];
  parts: BatchPart[];
  charge: bigint;
}
type Voucher = Omit<BatchPart, "signer" | "start" | "charge"> & {
  r: Hex;
  vs: Hex;
  maxCharge: bigint;
};

function toPosting({ world }: Turn, { leaves, vouchers, charge }: MadeBatch) {
  const posting = {
    modelId: world.requestOn("tee").modelId,
    dataNode: zeroAddress,
    root: batchRoot(leaves),
    postBy: world.now() + 600,
    provenCharge: charge,
    provenValue: 0n,
    claimBond: 0n,
  };
  return [posting, vouchers] as const;
}

function headerIn({ logs }: TransactionReceipt): BatchHeader {
  const [posted] = parseEventLogs({ abi: batchSettlerAbi, eventName: "BatchPosted", logs });
  if (posted === undefined) throw new Error("no batch was posted");
  return posted.args.header;
}

/** @param wrongAt Position of a receipt whose enclave signed another result; none is wrong without it. */
async function makeBatch(
  turn: Turn,
  clients: number,
  receipts: number,
  wrongAt?: number,
): Promise<MadeBatch> {
  const { world } = turn;
  const { node } = world.accounts;
  const result = world.resultBy(node);
  const other = world.resultBy(node, OTHER_OUTPUT);
  const batch: MadeBatch = { receipts: [], leaves: [], vouchers: [], parts: [], charge: 0n };
  for (const [place, client] of world.channelSigners.slice(0, clients).entries()) {
    const { address } = client;
    const key = [address, node, address] as const;
    const { count, charged } = await world.contracts.batches.read.channelOf(key);
    const share =
      Math.floor(((place + 1) * receipts) / clients) - Math.floor((place * receipts) / clients);
    const toCount = count + share;
    const toCharge = charged + BigInt(share) * PRICE;
    const range = { fromCount: count, toCount, fromCharge: charged, toCharge };
    const before = { start: batch.receipts.length, charge: batch.charge };
    batch.parts.push({ client: address, signer: address, ...range, ...before });
    for (let index = count; index < toCount; ++index) {
      const request = requestOf(turn, "tee", { client: address, nonce: BigInt(index) });
      const requestId = hashRequest(world.domain, request);
      const proved = batch.receipts.length === wrongAt ? other : result;
      batch.charge += PRICE;
      const receipt: BatchReceipt = {
        request,
        index,
        ...(await sign(client, batchRequestTypedData(world.batchDomain, { requestId, index }))),
        outputCommitment: result.outputCommitment,
        units: result.units,
        kind: Evidence.TEE,
        evidence: await world.enclave.sign({
          hash: hashResult(world.domain, { ...proved, requestId }),
        }),
        totals: {
          charge: batch.charge,
          provenCharge: batch.charge,
          provenValue: 0n,
          claimBond: 0n,
        },
      };
      batch.receipts.push(receipt);
      batch.leaves.push(hashReceipt(receipt));
    }
    const message = { client: address, node, count: toCount, maxCharge: toCharge };
    const signature = await sign(client, voucherTypedData(world.batchDomain, message));
    batch.vouchers.push({ client: address, ...signature, ...range, maxCharge: toCharge });
  }
  return batch;
}

/** Who countersigned, as the event says. */
async function signersOf({ world }: Turn, header: BatchHeader): Promise<readonly Hex[]> {
  const filter = { batchId: hashBatch(header) };
  const [signed] = await world.contracts.batches.getEvents.BatchCountersigned(filter);
  if (signed?.args.signers === undefined) throw new Error("nobody countersigned");
  return signed.args.signers;
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
