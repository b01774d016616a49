// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import { address, bigUint, objectOf, parseJson, toCanonicalJson, uint } from "../protocol/json.ts";

/** The address book of one deployment. */
export interface Deployment {
  chainId: number;
  market: Address;
  token: Address;
  nodeRegistry: Address;
  modelRegistry: Address;
  enclaveRegistry: Address;
  groth16Verifier: Address;
  disputeCourt: Address;
  orderSettler: Address;
  batchSettler: Address;
  zkmlEvidence: Address;
  /** The block it was deployed in: no event is older. */
  block: bigint;
}

/** The contracts of a deployment, by name. */
export type DeploymentContract = Exclude<keyof Deployment, "chainId" | "block">;

/** The part of a deployment that an action needs. */
export type DeploymentWith<name extends keyof Deployment> = Pick<Deployment, "chainId" | name>;

const DEPLOYMENT_MAX_CHARS = 16_384;

/** Reads a deployment from parsed JSON. */
export const readDeployment = objectOf<Deployment>({
  chainId: uint(53),
  market: address,
  token: address,
  nodeRegistry: address,
  modelRegistry: address,
  enclaveRegistry: address,
  groth16Verifier: address,
  disputeCourt: address,
  orderSettler: address,
  batchSettler: address,
  zkmlEvidence: address,
  block: bigUint(64),
});

/**
 * Reads an address book; throws a `BaseError` that names the path of whatever is missing, unknown or wrong.
 *
 * @example
 * const deployment = parseDeployment(await readFile("deployment.json", "utf8"));
 */
export function parseDeployment(text: string): Deployment {
  return parseJson(text, readDeployment, { what: "deployment", limit: DEPLOYMENT_MAX_CHARS });
}

/** The address book as canonical JSON. */
export function serializeDeployment(deployment: Deployment): string {
  return toCanonicalJson(deployment);
}
