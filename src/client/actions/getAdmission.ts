// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { Admission } from "../../protocol/enclave.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetAdmissionParameters extends ReadOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  admissionId: Hex32;
}
export type GetAdmissionReturnType = Admission;
export type GetAdmissionErrorType = ReadErrorType;

/**
 * A proposed attestation document and its votes.
 *
 * @example
 * const { approvals, closed } = await getAdmission(client, { deployment, admissionId });
 */
export async function getAdmission(
  client: Client,
  parameters: GetAdmissionParameters,
): Promise<GetAdmissionReturnType> {
  const { deployment, admissionId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.enclaveRegistry,
    abi: enclaveRegistryAbi,
    functionName: "admissionOf",
    args: [admissionId],
  });
}
