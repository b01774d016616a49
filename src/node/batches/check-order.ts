// SPDX-License-Identifier: MIT
import { type Address, hashTypedData, isAddressEqual, zeroAddress } from "viem";

import { getModelStake } from "../../client/actions/getModelStake.ts";
import { getPledge } from "../../client/actions/getPledge.ts";
import type { BatchOrder } from "../../client/node/batches.ts";
import {
  batchDomain,
  batchRequestTypedData,
  type Channel,
  voucherTypedData,
} from "../../protocol/batch.ts";
import { Evidence, hasEvidence, includesEvidence, toEvidenceSet } from "../../protocol/evidence.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { recoverSigner } from "../../verifier/signature.ts";
import { BaseError } from "../../protocol/errors.ts";
import type { Chain } from "../chain.ts";
import type { Head } from "../follower/index.ts";
import { ReceiptRefusedError } from "../http/errors.ts";
import { firstKind } from "../inference/steps.ts";
import type { KnownModel } from "../models.ts";
import type { ServedChannel } from "./receipt-store.ts";

/** Seconds that must be left to deliver. */
const MIN_TIME = 2;
/** Token units that a batch's sums hold: no part of one batch may pass them. */
const MOST_CHARGE = 2n ** 79n;

/** Who signed both request and voucher: the channel is that signer's. */
export async function recoverChannelSigner(
  { deployment, address: node }: Chain,
  id: RequestId,
  order: BatchOrder,
): Promise<Address> {
  const { request, index, maxCharge, signature, voucherSignature } = order;
  const domain = batchDomain({ chainId: deployment.chainId, settler: deployment.batchSettler });
  const message = { client: request.client, node, count: index + 1, maxCharge };
  const digest = hashTypedData(batchRequestTypedData(domain, { requestId: id, index }));
  const signer = await recover(digest, signature, "request");
  const other = await recover(
    hashTypedData(voucherTypedData(domain, message)),
    voucherSignature,
    "voucher",
  );
  if (!isAddressEqual(signer, other)) {
    const says = `request and voucher must be signed by one key, over index ${index}.`;
    throw new ReceiptRefusedError("SignerMismatch", says);
  }
  return signer;
}

/** In the one spelling that the contracts take. */
async function recover(digest: Hex32, signature: Hex32, what: string): Promise<Address> {
  try {
    return await recoverSigner(digest, signature, `${what}'s signature`);
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    throw new ReceiptRefusedError("SignatureInvalid", error.message);
  }
}

/** The kind of evidence that the receipt will have: the one that is required, for a receipt has one. */
export function receiptKind({ order, known }: { order: BatchOrder; known: KnownModel }): Evidence {
  const { requiredEvidence: required } = order.request;
  const { paths, teeWindow } = known.registered;
  const kind = firstKind(required);
  if (
    !hasEvidence(paths, kind) ||
    !includesEvidence(toEvidenceSet([Evidence.VANILLA, kind]), required) ||
    (kind === Evidence.TEE && teeWindow !== 0)
  ) {
    const says = "a receipt has one kind of evidence, which the model offers and which is final.";
    throw new ReceiptRefusedError("EvidenceUnavailable", says);
  }
  return kind;
}

/** Refuses what no batch could settle, before any work. */
export function checkTerms(parameters: {
  order: BatchOrder;
  known: KnownModel;
  node: Address;
  minUnitPrice: bigint;
  /** Seconds that a receipt may wait for its batch. */
  longestWait: number;
  now: Head;
}): void {
  const { order, known, node, minUnitPrice, longestWait, now } = parameters;
  const { request } = order;
  const refuse = (reason: string, says: string): never => {
    throw new ReceiptRefusedError(reason, says);
  };
  if (!isAddressEqual(request.node, node)) refuse("NodeMismatch", `name this node, ${node}.`);
  if (!isAddressEqual(request.dataNode, zeroAddress) || BigInt(request.dataCommitment) !== 0n)
    refuse("DataUnsupported", "batches of this node have no data node.");
  if (!isAddressEqual(request.consumer, zeroAddress))
    refuse("ConsumerUnsupported", "batches call no consumer.");
  if (request.unitPrice < minUnitPrice)
    refuse("PriceTooLow", `pay at least ${minUnitPrice} per unit.`);
  if (request.maxFee < BigInt(known.fixedUnits ?? 1) * request.unitPrice)
    refuse("FeeTooLow", "`maxFee` does not cover the model's units.");
  if (request.maxFee >= MOST_CHARGE) refuse("FeeTooHigh", "`maxFee` does not fit a batch.");
  if (request.declaredValue > known.registered.valueCap)
    refuse("DeclaredValueAboveCap", `declare at most ${known.registered.valueCap}.`);
  if (request.deliverBy < now.timestamp + MIN_TIME)
    refuse("DeadlinePassed", "`deliverBy` is too early.");
  if (request.proveBy < now.timestamp + longestWait)
    refuse("ProofDeadlineTooEarly", `leave ${longestWait} s until \`proveBy\` for the batch.`);
}

/** Refuses what the channel does not cover: all that the node answered so far counts. */
export function checkChannel(parameters: {
  order: BatchOrder;
  stored: Channel;
  served: ServedChannel;
  now: Head;
}): void {
  const { order, stored, served, now } = parameters;
  const { request, index, maxCharge } = order;
  const refuse = (reason: string, says: string): never => {
    throw new ReceiptRefusedError(reason, says);
  };
  if (stored.deposited === 0n) refuse("ChannelMissing", "the signer has no channel to this node.");
  if (now.timestamp >= stored.until) refuse("ChannelExpired", "extend the channel's date.");
  if (served.closing === `${stored.count}:${stored.until}`)
    refuse("ChannelClosed", "the channel is being closed. Extend its date to use it again.");
  if (index !== served.count) refuse("IndexMismatch", `the next index is ${served.count}.`);
  const most = served.charge + request.maxFee;
  if (maxCharge < most) refuse("VoucherTooLow", `allow charges of ${most} at least.`);
  if (stored.deposited < most) {
    const says = `the channel holds ${stored.deposited} for its life, and ${most} could be charged.`;
    refuse("ChannelInsufficient", says);
  }
}

/** Refuses a claim whose bond the node's stake would not cover. */
export async function checkBond(
  { client, deployment, address: node }: Chain,
  parameters: { known: KnownModel; bond: bigint; promised: bigint },
): Promise<void> {
  const { known, bond, promised } = parameters;
  const named = { deployment, node, modelId: known.id };
  const [{ opted, locked }, { held, current, previous }] = await Promise.all([
    getModelStake(client, named),
    getPledge(client, named),
  ]);
  const free = opted - locked + held - current - previous;
  // Each batch exposes the model's bond once.
  if (promised + bond + known.registered.bond > free) {
    const says = "the node's stake covers no more claims for now. Ask for evidence, or later.";
    throw new ReceiptRefusedError("ModelStakeInsufficient", says);
  }
}
