// SPDX-License-Identifier: MIT
/** Rows of `intents` and `transactions`. They were written by this software: types are not checked again. */
import type { Address, Hex } from "viem";

import type { Intent, IntentState, SignedForm } from "./types.ts";

export type IntentRow = {
  action: string;
  sender: string;
  recipient: string;
  data: string;
  function_name: string;
  gas: bigint;
  nonce: bigint | null;
  state: string;
  block_number: bigint | null;
  block_hash: string | null;
  mined_hash: string | null;
  failure: string | null;
};

export type FormRow = {
  action: string;
  hash: string;
  raw: string;
  max_fee_per_gas: bigint;
  max_priority_fee_per_gas: bigint;
  signed_at: bigint;
};

export function toIntent(row: IntentRow): Intent {
  return {
    name: row.action,
    sender: row.sender as Address,
    recipient: row.recipient as Address,
    data: row.data as Hex,
    functionName: row.function_name,
    gas: row.gas,
    nonce: row.nonce ?? undefined,
    state: row.state as IntentState,
    blockNumber: row.block_number ?? undefined,
    blockHash: (row.block_hash ?? undefined) as Hex | undefined,
    minedHash: (row.mined_hash ?? undefined) as Hex | undefined,
    failure: row.failure ?? undefined,
  };
}

export function toForm(row: FormRow): SignedForm {
  return {
    hash: row.hash as Hex,
    raw: row.raw as Hex,
    maxFeePerGas: row.max_fee_per_gas,
    maxPriorityFeePerGas: row.max_priority_fee_per_gas,
    signedAt: Number(row.signed_at),
  };
}
