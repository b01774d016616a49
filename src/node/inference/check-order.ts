// SPDX-License-Identifier: MIT
import { isAddressEqual } from "viem";
import { call } from "viem/actions";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import { getReservation } from "../../client/actions/getReservation.ts";
import { encodeCall } from "../../client/call.ts";
import { ContractRevertedError } from "../../client/errors.ts";
import { withCallErrors } from "../../client/revert.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { ZERO_HEX32 } from "../../protocol/ids.ts";
import { isFinalAtOnce, isNonceFree, NONCE_WINDOW, toOrder } from "../../protocol/order.ts";
import type { Head } from "../follower/index.ts";
import { OrderRefusedError } from "../http/errors.ts";
import type { KnownModel } from "../models.ts";
import type { Shared } from "../shared.ts";
import type { Promised } from "./open-orders.ts";
import type { SignedOrder } from "./orders.ts";
import { firstKind } from "./steps.ts";

/** Seconds that must be left to deliver. */
const MIN_TIME = 2;

interface OrderCheck {
  shared: Shared;
  order: SignedOrder;
  known: KnownModel;
  /** What other open orders of the reservation will take from it. */
  promised: Promised;
  minUnitPrice: bigint;
  now: Head;
}

/**
 * Refuses an order that would not be paid, before any work.
 *
 * @throws {OrderRefusedError}
 */
export async function checkOrder(check: OrderCheck): Promise<void> {
  const { shared, order, known, minUnitPrice, now } = check;
  const { chain } = shared;
  const { request } = order;

  if (!isAddressEqual(request.node, chain.address)) {
    throw new OrderRefusedError("NodeMismatch", `name this node, ${chain.address}.`);
  }
  if (request.unitPrice < minUnitPrice) {
    throw new OrderRefusedError("PriceTooLow", `pay at least ${minUnitPrice} per unit.`);
  }
  if (request.maxFee < BigInt(leastUnits(known)) * request.unitPrice) {
    throw new OrderRefusedError("FeeTooLow", "`maxFee` does not cover the model's units.");
  }
  if (request.deliverBy < now.timestamp + MIN_TIME) {
    throw new OrderRefusedError("DeadlinePassed", "`deliverBy` is too early.");
  }
  await requireReservation(check);
  await requireAdmissible(check);
}

/** Metered work is stopped at what the order pays for. */
function leastUnits({ fixedUnits }: KnownModel): number {
  return fixedUnits ?? 1;
}

async function requireReservation({ shared, order, promised }: OrderCheck): Promise<void> {
  const { client, deployment, address: node } = shared.chain;
  const { request, signer } = order;
  if (signer === undefined) throw new OrderRefusedError("ReservationExceeded", "nobody signed it.");
  const owner = request.client;
  const reserved = await getReservation(client, { deployment, client: owner, node, signer });
  if (reserved.amount < promised.amount + request.maxFee) {
    const left = reserved.amount > promised.amount ? reserved.amount - promised.amount : 0n;
    const message = `the reservation under ${signer} has ${left} left, the order may cost ${request.maxFee}.`;
    throw new OrderRefusedError("ReservationExceeded", message);
  }
  if (!isNonceFree(reserved, request.nonce)) {
    const message = `use one from ${reserved.first} on, below 2^40, that no order used.`;
    throw new OrderRefusedError("NonceUsed", message);
  }
  if (!promised.isNonceNear) {
    const message = `it must be another one, and at most ${NONCE_WINDOW - 1n} away from those of open orders.`;
    throw new OrderRefusedError("NonceUsed", message);
  }
}

/** Asks the chain whether it would take the order with some answer: deadlines, paths, caps, data node and bond. */
async function requireAdmissible({ shared, order, known }: OrderCheck): Promise<void> {
  const { client, deployment, address: node } = shared.chain;
  const { request } = order;
  const result = { outputCommitment: ZERO_HEX32, units: leastUnits(known) };
  const placeholder = toOrder({ ...order, result, kind: Evidence.VANILLA });
  const data = encodeCall({
    abi: orderSettlerAbi,
    functionName: "fulfilOrder",
    args: [placeholder, "0x"],
  });
  const { teeWindow } = known.registered;
  const { requiredEvidence: required } = request;
  try {
    await withCallErrors(
      "fulfilOrder",
      call(client, { account: node, to: deployment.orderSettler, data }),
    );
  } catch (error) {
    if (!(error instanceof ContractRevertedError)) throw error;
    // A claim needs a bond, evidence that is final at once does not.
    const needsNoBond = isFinalAtOnce(required, firstKind(required), teeWindow);
    if (error.errorName === "ModelStakeInsufficient" && needsNoBond) return;
    throw new OrderRefusedError(error.errorName, error.message);
  }
}
