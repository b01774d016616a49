// SPDX-License-Identifier: MIT
/** Owns the look at all receipts of a batch, as the judge on chain would judge each: before it is posted, and before it is signed. */
import { setImmediate as nextTurn } from "node:timers/promises";

import { type Address, hashTypedData, type Hex, isAddressEqual } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import { getModel } from "../../client/actions/getModel.ts";
import { read } from "../../client/call.ts";
import {
  batchDomain,
  type BatchHeader,
  type BatchPart,
  type BatchReceipt,
  batchRequestTypedData,
  Fault,
} from "../../protocol/batch.ts";
import { type BatchTerms, formalFaultOf, isRefused, partAt } from "../../protocol/batch-judge.ts";
import { toSignature } from "../../protocol/compact-signature.ts";
import { BaseError } from "../../protocol/errors.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { ZERO_HEX32 } from "../../protocol/ids.ts";
import { hashRequest, hashResult, resultBinding } from "../../protocol/typed-data.ts";
import { recoverSigner } from "../../verifier/signature.ts";
import { readVerifyingKey } from "../../verifier/verifyingKey.ts";
import { RefutedError } from "../../verifier/errors.ts";
import { type VerifyingKey, verifyZkmlEvidence } from "../../zkml/index.ts";
import type { Chain } from "../chain.ts";
import { NodeStoppedError } from "../errors.ts";
import type { Models } from "../models.ts";

/** Receipts between two turns of everything else. */
const AT_ONCE = 4;

/** What is wrong with which receipt. */
export interface Finding {
  position: number;
  fault: Fault;
}

/** What receipts of one model are judged by. */
export interface AuditTerms extends BatchTerms {
  verifyingKey: VerifyingKey | undefined;
}

/** The model's terms and key, from the node's own models or from the chain. */
export async function auditTerms(
  { chain: { client, deployment }, models }: { chain: Chain; models: Models },
  modelId: ModelId,
): Promise<AuditTerms> {
  const known = models.get(modelId);
  if (known !== undefined) return { ...known.registered, verifyingKey: known.verifyingKey };
  const model = await getModel(client, { deployment, modelId });
  const { verifyingKeyId: keyId } = model;
  const verifyingKey =
    keyId === ZERO_HEX32 ? undefined : await readVerifyingKey(client, { deployment, keyId });
  return { ...model, verifyingKey };
}

/** Every receipt that is faulty, with its first fault. A receipt of undefined is not known: it is passed over. */
export async function auditReceipts(parameters: {
  chain: Chain;
  header: BatchHeader;
  parts: readonly BatchPart[];
  receipts: readonly (BatchReceipt | undefined)[];
  terms: AuditTerms;
  signal: AbortSignal;
}): Promise<Finding[]> {
  const { chain, header, parts, receipts, terms, signal } = parameters;
  const keys = new EnclaveKeys(chain, header);
  const findings: Finding[] = [];
  for (const [position, receipt] of receipts.entries()) {
    if (position % AT_ONCE === 0) await nextTurn();
    if (signal.aborted) throw new NodeStoppedError();
    const part = partAt(parts, position);
    if (receipt === undefined || part === undefined) continue;
    const before = receipts[position - 1]?.totals;
    let fault = formalFaultOf({ header, part, position, receipt, before, terms });
    if (fault === undefined && !isRefused(part)) {
      if (!(await isSigned(chain, receipt, part.signer))) fault = Fault.UNSIGNED;
      else if (!(await isProved(chain, receipt, terms, keys))) fault = Fault.EVIDENCE;
    }
    if (fault !== undefined) findings.push({ position, fault });
  }
  return findings;
}

async function isSigned(chain: Chain, receipt: BatchReceipt, signer: Address): Promise<boolean> {
  const { chainId, batchSettler: settler } = chain.deployment;
  const { request, index } = receipt;
  const message = { requestId: hashRequest(chain.domain, request), index };
  const digest = hashTypedData(batchRequestTypedData(batchDomain({ chainId, settler }), message));
  const recovered = await signerOf(digest, receipt);
  return recovered !== undefined && isAddressEqual(recovered, signer);
}

/** In the one spelling that contracts take; undefined if it is another, or none. */
async function signerOf(digest: Hex32, signature: { r: Hex; vs: Hex } | Hex) {
  try {
    const bytes = typeof signature === "string" ? signature : toSignature(signature);
    return await recoverSigner(digest, bytes, "signature");
  } catch (error) {
    // viem refuses what are no words of a signature by errors of its own.
    if (error instanceof BaseError && !(error instanceof RefutedError)) throw error;
    return undefined;
  }
}

async function isProved(
  { domain }: Chain,
  receipt: BatchReceipt,
  { verifyingKey }: AuditTerms,
  keys: EnclaveKeys,
): Promise<boolean> {
  const { request, outputCommitment, units, kind, evidence } = receipt;
  if (kind === Evidence.VANILLA) return evidence === "0x";
  const requestId = hashRequest(domain, request);
  const digest = hashResult(domain, { requestId, outputCommitment, units, node: request.node });
  if (kind === Evidence.TEE) {
    const key = await signerOf(digest, evidence);
    return key !== undefined && (await keys.counts(key));
  }
  if (verifyingKey === undefined) return false;
  const { inputCommitment } = request;
  const binding = resultBinding(digest);
  const statement = { verifyingKey, inputCommitment, outputCommitment, binding, evidence };
  return (await verifyZkmlEvidence(statement)).valid;
}

/** Which enclave keys counted when the batch was posted: each is asked for once. */
class EnclaveKeys {
  readonly #chain: Chain;
  readonly #header: BatchHeader;
  readonly #known = new Map<Address, Promise<boolean>>();

  constructor(chain: Chain, header: BatchHeader) {
    this.#chain = chain;
    this.#header = header;
  }

  counts(key: Address): Promise<boolean> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { client, deployment } = this.#chain;
    const { node, modelId, postedAt } = this.#header;
    const asked = read(client, {
      address: deployment.enclaveRegistry,
      abi: enclaveRegistryAbi,
      functionName: "countedAt",
      args: [key, node, modelId, postedAt, postedAt],
    });
    this.#known.set(key, asked);
    return asked;
  }
}
