// SPDX-License-Identifier: MIT
/** Nonces of one key: which comes next, which are missing, and who used one. */
import type { Address, Hex } from "viem";
import { getBlock, getTransactionCount } from "viem/actions";

import { withCallErrors } from "../../client/revert.ts";
import type { ChainClient } from "../chain.ts";

/** How many transactions of the key are mined up to the block; up to the newest if none is given. */
export async function countMined(
  client: ChainClient,
  address: Address,
  blockNumber?: bigint,
): Promise<bigint> {
  const block = blockNumber === undefined ? {} : { blockNumber };
  const count = getTransactionCount(client, { address, ...block });
  return BigInt(await withCallErrors("eth_getTransactionCount", count));
}

/** The nonce to sign with: own ones are never reused, and those that others used are skipped. */
export function nextNonce(highestOwn: bigint | undefined, mined: bigint): bigint {
  return highestOwn === undefined || highestOwn < mined ? mined : highestOwn + 1n;
}

/** Nonces that must be mined before the highest open one, and that nothing open has. */
export function missingNonces(open: readonly bigint[], mined: bigint, limit: number): bigint[] {
  const known = new Set(open);
  const missing: bigint[] = [];
  const end = open.reduce((highest, nonce) => (nonce > highest ? nonce : highest), -1n);
  for (let nonce = mined; nonce < end && missing.length < limit; nonce += 1n) {
    if (!known.has(nonce)) missing.push(nonce);
  }
  return missing;
}

/** A mined transaction. */
export interface Occupant {
  hash: Hex;
  to: Address | null;
  input: Hex;
}

/**
 * The mined transaction of a key that has this nonce. RPCs cannot be asked for it, so its block is searched: first in
 * growing steps back from `end`, where even nodes without old states can answer, then by halves.
 */
export async function findOccupant(
  client: ChainClient,
  address: Address,
  nonce: bigint,
  end: bigint,
): Promise<Occupant | undefined> {
  let above = end;
  let below = end;
  for (let step = 1n; below > 0n; step *= 2n) {
    below = below > step ? below - step : 0n;
    if ((await countMined(client, address, below)) <= nonce) break;
    above = below;
  }
  while (above - below > 1n) {
    const middle = (above + below) / 2n;
    if ((await countMined(client, address, middle)) <= nonce) below = middle;
    else above = middle;
  }
  const { transactions } = await withCallErrors(
    "eth_getBlockByNumber",
    getBlock(client, { blockNumber: above, includeTransactions: true }),
  );
  const own = address.toLowerCase();
  return transactions.find(
    (mined) => mined.from.toLowerCase() === own && BigInt(mined.nonce) === nonce,
  );
}
