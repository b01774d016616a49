// SPDX-License-Identifier: MIT
// Proofs by a verifying key whose secrets are known: each is the same in every run, and at once there.
import {
  bytesToBigInt,
  concat,
  encodeAbiParameters,
  type Hex,
  hexToBytes,
  keccak256,
  numberToHex,
  parseAbiParameters,
  type PublicClient,
  slice,
  toHex,
} from "viem";

import type { WorldProver } from "../../scripts/bench/gas/prover.ts";
import { OUTPUT } from "../../scripts/bench/gas/world.ts";
import { BASE_FIELD_ORDER } from "../../src/zkml/groth16-proof.ts";
import { FIELD_ORDER } from "../../src/zkml/index.ts";

/** The generator of G2, imaginary parts first. */
const G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
] as const;
/** The secrets of the verifying key, as in test/support/MarketFixture.sol. */
const ALPHA = 11n;
const WEIGHTS = [3n, 5n, 13n, 17n] as const;
const C = 7n;
const INPUT = keccak256(toHex("input")).replace(/^0x../, "0x00") as Hex;

export async function createKnownKeyProver(
  chain: Pick<PublicClient, "call">,
): Promise<WorldProver> {
  /** The generator of G1 times a number, by the chain's own precompile. */
  const times = async (scalar: bigint): Promise<readonly [bigint, bigint]> => {
    const input = concat([1n, 2n, scalar].map((word) => numberToHex(word, { size: 32 })));
    const { data = "0x" } = await chain.call({ to: numberToHex(7, { size: 20 }), data: input });
    return [BigInt(slice(data, 0, 32)), BigInt(slice(data, 32, 64))];
  };
  const minusG2 = [G2[0], G2[1], BASE_FIELD_ORDER - G2[2], BASE_FIELD_ORDER - G2[3]] as const;
  const ic = await Promise.all(WEIGHTS.map(times));
  return {
    key: { alpha: await times(ALPHA), beta: G2, gamma: G2, delta: minusG2, ic, development: true },
    inputCommitment: INPUT,
    prove: async (binding) => {
      const signals = [BigInt(INPUT), bytesToBigInt(hexToBytes(OUTPUT)), binding];
      const statement = signals.reduce(
        (sum, signal, i) => sum + WEIGHTS[i + 1]! * signal,
        ALPHA + WEIGHTS[0],
      );
      const a = (statement + FIELD_ORDER - C) % FIELD_ORDER;
      return encodeAbiParameters(parseAbiParameters("uint256[8], bytes"), [
        [...(await times(a)), ...G2, ...(await times(C))],
        OUTPUT,
      ]);
    },
  };
}
