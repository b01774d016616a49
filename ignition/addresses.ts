// SPDX-License-Identifier: MIT
import { type Address, getAddress } from "viem";

import type { Deployment } from "../src/client/index.ts";

/** The contracts that the module Assay deploys: all but the token. */
type Deployed = Exclude<keyof Deployment, "chainId" | "token" | "block">;

/** Where the module's contracts are, as the address book has them. */
export function addressesOf(
  contracts: Record<Deployed, { address: Address }>,
): Record<Deployed, Address> {
  const of = (name: Deployed): Address => getAddress(contracts[name].address);
  return {
    market: of("market"),
    nodeRegistry: of("nodeRegistry"),
    modelRegistry: of("modelRegistry"),
    enclaveRegistry: of("enclaveRegistry"),
    groth16Verifier: of("groth16Verifier"),
    disputeCourt: of("disputeCourt"),
    orderSettler: of("orderSettler"),
    batchSettler: of("batchSettler"),
    zkmlEvidence: of("zkmlEvidence"),
  };
}
