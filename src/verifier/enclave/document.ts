// SPDX-License-Identifier: MIT
import { type Address, hexToBytes, isAddressEqual } from "viem";

import type { EnclaveKey } from "../../protocol/enclave.ts";
import { isLocalChain } from "../../protocol/chains.ts";
import { verifyAdmission } from "../../tee/verify-admission.ts";
import { readBlock } from "../chainReads.ts";
import type { AnswerContext } from "../context.ts";
import { demand } from "../report.ts";
import { findProposal } from "./admission.ts";
import { findNodeTerms } from "./history.ts";

/**
 * Verifies again what the registrars voted on: the attestation document in the proposal's calldata, judged at the time of
 * the block that holds it. Afterwards nobody has to be trusted that the key is an enclave's.
 */
export async function checkEnclaveDocument(
  context: AnswerContext,
  { key, entry }: { key: Address; entry: EnclaveKey },
): Promise<void> {
  const { client, deployment } = context;
  const { chainId, enclaveRegistry } = deployment;
  const proposal = await findProposal(context, key);
  const { node, modelId, challenge, measurement, proposedAt } = proposal;
  demand(
    isAddressEqual(proposal.key, key) &&
      isAddressEqual(node, entry.node) &&
      modelId === entry.modelId &&
      measurement === entry.measurement &&
      proposal.expiresAt === entry.expiresAt,
    `The key ${key} was proposed with other terms than it was admitted with.`,
  );
  const terms = await findNodeTerms(context, { node, position: proposedAt });
  demand(terms !== undefined, `Node ${node} had not registered when it proposed the key ${key}.`);

  const { timestamp } = await readBlock(client, proposedAt.blockNumber);
  const verified = verifyAdmission(
    hexToBytes(proposal.document),
    { chainId, registry: enclaveRegistry, node, ...terms, key, modelId, challenge },
    {
      at: Number(timestamp),
      measurements: [entry.measurement],
      developmentRoot: isLocalChain(chainId),
    },
  );
  demand(
    entry.expiresAt <= verified.expiresAt,
    `The key ${key} was admitted until ${entry.expiresAt}, its document allows ${verified.expiresAt} at most.`,
  );
}
