// SPDX-License-Identifier: MIT
import { keccak256 } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";

import type { Fees, Intent, SignedForm } from "./types.ts";

/** Signs an intent in this process; nothing is sent. */
export async function signForm(
  account: PrivateKeyAccount,
  parameters: {
    chainId: number;
    intent: Pick<Intent, "recipient" | "data" | "gas">;
    nonce: bigint;
    fees: Fees;
    signedAt: number;
  },
): Promise<SignedForm> {
  const { chainId, intent, nonce, fees, signedAt } = parameters;
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  const raw = await account.signTransaction({
    type: "eip1559",
    chainId,
    nonce: Number(nonce),
    to: intent.recipient,
    data: intent.data,
    gas: intent.gas,
    maxFeePerGas,
    maxPriorityFeePerGas,
  });
  return { hash: keccak256(raw), raw, maxFeePerGas, maxPriorityFeePerGas, signedAt };
}
