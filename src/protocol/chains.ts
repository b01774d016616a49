// SPDX-License-Identifier: MIT

/** Chains on which development keys and roots are accepted: those of Hardhat and of Ganache's tradition. */
export const LOCAL_CHAIN_IDS = [31337, 1337] as const;

export function isLocalChain(chainId: number): boolean {
  return LOCAL_CHAIN_IDS.some((id) => id === chainId);
}
