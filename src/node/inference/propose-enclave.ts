// SPDX-License-Identifier: MIT
import { bytesToHex } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import { getDocumentChallenge } from "../../client/actions/getDocumentChallenge.ts";
import { getNode } from "../../client/actions/getNode.ts";
import { getPossessionDigest } from "../../client/actions/getPossessionDigest.ts";
import { proposeDocument } from "../../client/actions/proposeDocument.ts";
import { read } from "../../client/call.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import {
  type AdmissionBinding,
  admissionUserData,
  type Enclave,
  verifyAdmission,
} from "../../tee/index.ts";
import type { Shared } from "../shared.ts";

/**
 * Has the enclave attest its key for this node and model, verifies the document as a registrar will, and proposes it.
 *
 * @returns The admission's id.
 */
export async function proposeEnclave(
  shared: Shared,
  modelId: ModelId,
  enclave: Enclave,
  now: number,
): Promise<Hex32> {
  const { chain, sender, logger } = shared;
  const { client, deployment, address: node } = chain;
  const key = enclave.address;
  const [{ operator, payout }, challenge, digest, maxKeyLife] = await Promise.all([
    getNode(client, { deployment, node }),
    getDocumentChallenge(client, { deployment, node }),
    getPossessionDigest(client, { deployment, node, modelId, key }),
    read(client, {
      address: deployment.enclaveRegistry,
      abi: enclaveRegistryAbi,
      functionName: "maxKeyLife",
    }),
  ]);
  const binding: AdmissionBinding = {
    chainId: deployment.chainId,
    registry: deployment.enclaveRegistry,
    node,
    operator,
    payout,
    key,
    modelId,
    challenge,
  };
  const document = await enclave.attest({ userData: admissionUserData(binding), now });

  const verified = verifyAdmission(document, binding, {
    now,
    measurements: [enclave.measurement],
    developmentRoot: chain.isLocal,
  });
  const proposal = {
    deployment,
    modelId,
    key,
    measurement: enclave.measurement,
    expiresAt: Math.min(verified.expiresAt, now + maxKeyLife),
    document: bytesToHex(document),
    possession: await enclave.proveKeyPossession(digest),
  };
  const { admissionId } = await sender.send(`attest:${key}`, (client) =>
    proposeDocument(client, proposal),
  );
  logger.info({ model: modelId, key, admissionId }, "enclave document proposed to the registrars");
  return admissionId;
}
