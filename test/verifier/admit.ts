// SPDX-License-Identifier: MIT
import { bytesToHex, type Client, type Hex, type WalletClient } from "viem";

import {
  getDocumentChallenge,
  getNode,
  getPossessionDigest,
  judgeDocument,
  proposeDocument,
} from "../../src/client/index.ts";
import type { Deployment } from "../../src/client/deployment.ts";
import type { ModelId } from "../../src/protocol/ids.ts";
import { admissionUserData, type AdmissionBinding, type Enclave } from "../../src/tee/index.ts";

const HOUR = 3_600;

/** What the registrars are shown; by default what they should be. */
export interface Proposal {
  /** Unix seconds, of the document. */
  madeAt?: number;
  /** Unix seconds, of the key. */
  expiresAt?: number;
  /** Changes what the document's user data binds. */
  binding?: Partial<AdmissionBinding>;
  /** Changes the document itself. */
  document?: (document: Hex) => Hex;
  /** Whose document it is; the enclave's own. */
  attester?: Enclave;
}

/** Has an enclave's key admitted by registrars who approve whatever they are shown. */
export async function admit(
  parties: {
    chain: Client;
    deployment: Deployment;
    modelId: ModelId;
    node: WalletClient;
    registrars: readonly WalletClient[];
    /** Unix seconds, of the newest block. */
    now: number;
  },
  enclave: Enclave,
  proposal: Proposal = {},
): Promise<void> {
  const { chain, deployment, modelId, registrars, now } = parties;
  const { measurement, address: key } = enclave;
  const {
    madeAt = now,
    expiresAt = now + HOUR,
    document = (same) => same,
    attester = enclave,
  } = proposal;
  const node = parties.node.account!.address;
  const { operator, payout } = await getNode(chain, { deployment, node });
  const binding = {
    chainId: deployment.chainId,
    registry: deployment.enclaveRegistry,
    node,
    operator,
    payout,
    key,
    modelId,
    challenge: await getDocumentChallenge(chain, { deployment, node }),
    ...proposal.binding,
  };
  const attested = await attester.attest({ userData: admissionUserData(binding), now: madeAt });
  const possession = await enclave.proveKeyPossession(
    await getPossessionDigest(chain, { deployment, node, modelId, key }),
  );
  const { admissionId } = await proposeDocument(parties.node, {
    deployment,
    modelId,
    key,
    measurement,
    expiresAt,
    document: document(bytesToHex(attested)),
    possession,
  });
  for (const registrar of registrars)
    await judgeDocument(registrar, { deployment, admissionId, approve: true });
}
