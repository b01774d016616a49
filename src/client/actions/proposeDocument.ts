// SPDX-License-Identifier: MIT
import type { Address, Client, Hex } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface ProposeDocumentParameters extends WriteOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  /** The model version that the enclave runs. */
  modelId: ModelId;
  /** Address of the enclave's secp256k1 key; never proposed before. */
  key: Address;
  /** `keccak256(pcr0 || pcr1 || pcr2)` of the document, allowed now. */
  measurement: Hex32;
  /** Unix seconds, of the key. */
  expiresAt: number;
  /** The attestation document. */
  document: Hex;
  /** The key's signature over {@link getPossessionDigest}. */
  possession: Hex;
}
export interface ProposeDocumentReturnType extends WriteReturnType {
  /** What registrars vote on. */
  admissionId: Hex32;
}
export type ProposeDocumentErrorType = WriteErrorType | EventMissingError;

/**
 * Proposes an enclave's attestation document for the caller, an active inference node; registrars
 * judge it.
 *
 * @example
 * const { admissionId } = await proposeDocument(client, {
 *   deployment,
 *   modelId,
 *   key,
 *   measurement,
 *   expiresAt,
 *   document,
 *   possession,
 * });
 */
export async function proposeDocument(
  client: Client,
  parameters: ProposeDocumentParameters,
): Promise<ProposeDocumentReturnType> {
  const { deployment, modelId, key, measurement, expiresAt, document, possession, ...options } =
    parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.enclaveRegistry,
    functionName: "proposeDocument",
    data: encodeCall({
      abi: enclaveRegistryAbi,
      functionName: "proposeDocument",
      args: [modelId, key, measurement, expiresAt, document, possession],
    }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: enclaveRegistryAbi,
    address: deployment.enclaveRegistry,
    eventName: "DocumentProposed",
  });
  return { ...sent, admissionId: args.admissionId };
}
