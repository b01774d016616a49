// SPDX-License-Identifier: MIT
import { zeroAddress } from "viem";

import { SharesAboveFeeError } from "./errors.ts";
import type { MarketParameters, Payout } from "./market.ts";
import type { Request } from "./request.ts";
import { Escrow } from "./state.ts";

const BPS = 10_000;

/** Shares of one fee, token units; they sum to the fee exactly. */
export interface FeeShares {
  inference: bigint;
  verification: bigint;
  data: bigint;
}

function shareDown(amount: bigint, bps: number): bigint {
  return (amount * BigInt(bps)) / BigInt(BPS);
}

/** What a request costs: `units x unitPrice`, at most `maxFee`. */
export function fee(parameters: { units: number; unitPrice: bigint; maxFee: bigint }): bigint {
  const metered = BigInt(parameters.units) * parameters.unitPrice;
  return metered < parameters.maxFee ? metered : parameters.maxFee;
}

/** Splits a fee as the market does: verification and data shares rounded down, inference the rest. */
export function splitFee(parameters: {
  fee: bigint;
  verificationBps: number;
  dataBps: number;
  hasData: boolean;
}): FeeShares {
  const { fee, verificationBps, dataBps, hasData } = parameters;
  if (verificationBps + dataBps > BPS) throw new SharesAboveFeeError(verificationBps + dataBps);

  const verification = shareDown(fee, verificationBps);
  const data = hasData ? shareDown(fee, dataBps) : 0n;
  return { inference: fee - verification - data, verification, data };
}

/** The payout of a request that became final, as the market computes it; sums to what was in escrow. */
export function payoutOf(parameters: {
  request: Pick<Request, "maxFee" | "unitPrice" | "dataNode">;
  units: number;
  parameters: Pick<MarketParameters, "verificationBps" | "dataBps">;
  /** `maxFee` if not given. */
  escrow?: Escrow;
}): Payout {
  const { request, units, escrow = Escrow.MAX_FEE } = parameters;
  const charged = fee({ units, unitPrice: request.unitPrice, maxFee: request.maxFee });
  const shares = splitFee({
    ...parameters.parameters,
    fee: charged,
    hasData: request.dataNode !== zeroAddress,
  });
  return { ...shares, refund: escrow === Escrow.FEE ? 0n : request.maxFee - charged };
}
