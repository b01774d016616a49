// SPDX-License-Identifier: MIT
import { isAddressEqual, recoverAddress } from "viem";
import { call } from "viem/actions";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { getReservation } from "../../client/actions/getReservation.ts";
import { encodeCall } from "../../client/call.ts";
import { ContractRevertedError } from "../../client/errors.ts";
import { withCallErrors } from "../../client/revert.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { ZERO_HEX32 } from "../../protocol/ids.ts";
import { hashRequest } from "../../protocol/typed-data.ts";
import type { Head } from "../follower/index.ts";
import { OrderRefusedError } from "../http/errors.ts";
import type { KnownModel } from "../models.ts";
import type { Shared } from "../shared.ts";
import type { Order } from "./orders.ts";
import { firstKind, isFinalAtOnce } from "./steps.ts";

/** Seconds that must be left to deliver. */
const MIN_TIME = 2;

interface OrderCheck {
  shared: Shared;
  order: Order;
  known: KnownModel;
  /** Token units that other open orders of the client will draw. */
  promised: bigint;
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
  const { client, deployment, domain, address: node } = shared.chain;
  const { request, signature } = order;
  const reserved = await getReservation(client, { deployment, client: request.client, node });
  if (reserved.amount < promised + request.maxFee) {
    const left = reserved.amount > promised ? reserved.amount - promised : 0n;
    const message = `the reservation has ${left} left, the order may cost ${request.maxFee}.`;
    throw new OrderRefusedError("ReservationInsufficient", message);
  }
  const hash = hashRequest(domain, request);
  const signer = await recoverAddress({ hash, signature }).catch(() => undefined);
  if (signer === undefined || !isAddressEqual(signer, reserved.signer)) {
    throw new OrderRefusedError(
      "OrderSignatureInvalid",
      `it must be signed by ${reserved.signer}.`,
    );
  }
}

/** Asks the chain whether it would take the order with some answer: deadlines, paths, caps, data node and bond. */
async function requireAdmissible({ shared, order, known }: OrderCheck): Promise<void> {
  const { client, deployment, address: node } = shared.chain;
  const { request, signature } = order;
  const placeholder = { outputCommitment: ZERO_HEX32, units: leastUnits(known), node };
  const data = encodeCall({
    abi: inferenceMarketAbi,
    functionName: "fulfilOrder",
    args: [request, signature, placeholder, Evidence.VANILLA, "0x"],
  });
  const { teeWindow } = known.registered;
  const { requiredEvidence: required } = request;
  try {
    await withCallErrors(
      "fulfilOrder",
      call(client, { account: node, to: deployment.market, data }),
    );
  } catch (error) {
    if (!(error instanceof ContractRevertedError)) throw error;
    // A claim needs a bond, evidence that is final at once does not.
    const needsNoBond = isFinalAtOnce(required, firstKind(required), teeWindow);
    if (error.errorName === "ModelStakeInsufficient" && needsNoBond) return;
    throw new OrderRefusedError(error.errorName, error.message);
  }
}
