// SPDX-License-Identifier: MIT
import { type Hex, isAddressEqual } from "viem";

import { getEnclaveKey } from "../../client/actions/getEnclaveKey.ts";
import { getNode } from "../../client/actions/getNode.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { Role } from "../../protocol/node.ts";
import { hashResults } from "../../protocol/typed-data.ts";
import { readBlock } from "../chainReads.ts";
import type { AnswerContext } from "../context.ts";
import { checkEnclaveDocument } from "../enclave/document.ts";
import { findKeyRevocation, isMeasurementTrusted } from "../enclave/history.ts";
import { isBefore, type Position } from "../marketLogs.ts";
import { demand } from "../report.ts";
import { recoverSigner } from "../signature.ts";

/** The signature is by an enclave key that was live for node and model when it was brought, and was rightly admitted. */
export async function checkTeeEvidence(
  context: AnswerContext,
  {
    signature,
    shared,
    broughtAt,
  }: {
    signature: Hex;
    /** Digests of all results that were signed together, if they were. */
    shared: readonly Hex32[] | undefined;
    broughtAt: Position;
  },
): Promise<string> {
  const { client, deployment, receipt, resultDigest } = context;
  const { modelId } = receipt.request;
  const { node } = receipt.result;
  demand(
    shared === undefined || shared.includes(resultDigest),
    "The enclave signed other results together, not this one.",
  );
  const digest = shared === undefined ? resultDigest : hashResults(shared);
  const key = await recoverSigner(digest, signature, "enclave's signature");
  const entry = await getEnclaveKey(client, { deployment, key });
  demand(entry.admittedAt !== 0, `The signer ${key} is no admitted enclave key.`);
  demand(isAddressEqual(entry.node, node), `The key ${key} was admitted for node ${entry.node}.`);
  demand(entry.modelId === modelId, `The key ${key} was admitted for model ${entry.modelId}.`);

  const time = Number((await readBlock(client, broughtAt.blockNumber)).timestamp);
  demand(entry.admittedAt <= time, `The key ${key} was admitted only after it was used.`);
  demand(time < entry.expiresAt, `The key ${key} had expired at ${entry.expiresAt}.`);
  demand(
    !(await wasRevoked(context, { key, revokedAt: entry.revokedAt, time, broughtAt })),
    `The key ${key} had been revoked at ${entry.revokedAt}, before it was used.`,
  );
  demand(
    await isMeasurementTrusted(context, { entry, time, position: broughtAt }),
    `The enclave's measurement ${entry.measurement} was not allowed when the key was used.`,
  );
  const { role, retiredAt } = await getNode(client, { deployment, node });
  demand(
    role === Role.INFERENCE && (retiredAt === 0 || retiredAt >= time),
    `Node ${node} was no active inference node when the key was used.`,
  );

  await checkEnclaveDocument(context, { key, entry });
  return `Enclave key ${key} signed the result while it was live, and its attestation document verifies again.`;
}

/** Within one second the order of the chain's events decides. */
async function wasRevoked(
  context: AnswerContext,
  parameters: { key: Hex; revokedAt: number; time: number; broughtAt: Position },
): Promise<boolean> {
  const { key, revokedAt, time, broughtAt } = parameters;
  if (revokedAt === 0 || revokedAt > time) return false;
  if (revokedAt < time) return true;
  const revocation = await findKeyRevocation(context, key);
  return revocation === undefined || isBefore(revocation, broughtAt);
}
