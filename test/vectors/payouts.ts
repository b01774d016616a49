// SPDX-License-Identifier: MIT
// Fees and their shares at the edges of rounding and size, for payouts.json.
import { type Address, zeroAddress } from "viem";

import { payoutOf } from "../../src/protocol/fees.ts";

const DATA_NODE: Address = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const MAX_128 = 2n ** 128n - 1n;
const MAX_FEE = 2n ** 96n - 1n;

interface PayoutCase {
  units: number;
  unitPrice: bigint;
  maxFee: bigint;
  verificationBps: number;
  dataBps: number;
  hasData: boolean;
}

const AMOUNTS = [
  { units: 1, unitPrice: 1_000_000n, maxFee: 5_000_000n },
  { units: 7, unitPrice: 333n, maxFee: 2_331n },
  { units: 9, unitPrice: 1_000n, maxFee: 8_999n },
  { units: 1, unitPrice: 1n, maxFee: 1n },
  { units: 0, unitPrice: 1n, maxFee: 1n },
  { units: 2 ** 40 - 1, unitPrice: MAX_128, maxFee: MAX_FEE },
];
const SHARES = [
  { verificationBps: 1_000, dataBps: 500 },
  { verificationBps: 0, dataBps: 0 },
  { verificationBps: 9_999, dataBps: 1 },
  { verificationBps: 1, dataBps: 9_999 },
];
const PARTIES = [{ hasData: false }, { hasData: true }];

export const PAYOUT_CASES: readonly PayoutCase[] = AMOUNTS.flatMap((amount) =>
  SHARES.flatMap((shares) => PARTIES.map((parties) => ({ ...amount, ...shares, ...parties }))),
);

export function payoutVector(vector: PayoutCase) {
  const { units, unitPrice, maxFee, verificationBps, dataBps, hasData } = vector;
  const payout = payoutOf({
    request: { maxFee, unitPrice, dataNode: hasData ? DATA_NODE : zeroAddress },
    units,
    parameters: { verificationBps, dataBps },
  });
  return { ...vector, payout };
}
