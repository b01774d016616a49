// SPDX-License-Identifier: MIT
import {
  type Address,
  type Client,
  decodeFunctionData,
  type Hex,
  isAddressEqual,
  keccak256,
  pad,
  parseEventLogs,
  toEventSelector,
} from "viem";
import { getAbiItem } from "viem/utils";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Deployment } from "../../client/deployment.ts";
import { eventsOf } from "../../client/events.ts";
import { searchLogs } from "../../client/logs.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { readTransaction, readTransactionReceipt } from "../chainReads.ts";
import type { AnswerContext } from "../context.ts";
import { WrappedCallError } from "../errors.ts";
import { type Position, positionOf } from "../marketLogs.ts";
import { demand } from "../report.ts";

/** A proposal as its event and calldata have it. */
export interface Proposal {
  node: Address;
  key: Address;
  modelId: Hex32;
  measurement: Hex32;
  /** Unix seconds. */
  expiresAt: number;
  challenge: Hex32;
  /** The attestation document. */
  document: Hex;
  proposedAt: Position;
}

const ADMITTED = toEventSelector(
  getAbiItem({ abi: enclaveRegistryAbi, name: "EnclaveKeyAdmitted" }),
);
const PROPOSED = toEventSelector(getAbiItem({ abi: enclaveRegistryAbi, name: "DocumentProposed" }));

/** The proposal by which a key was admitted, with its document. */
export async function findProposal(
  { client, deployment, search }: AnswerContext,
  key: Address,
): Promise<Proposal> {
  const registry = { ...search, deployment, addresses: [deployment.enclaveRegistry], first: true };
  const [admitted] = await searchLogs(client, { ...registry, topics: [ADMITTED, pad(key)] });
  demand(admitted?.transactionHash != null, `The registry never admitted the key ${key}.`);
  const { logs } = await readTransactionReceipt(client, admitted.transactionHash);
  // The verdict that reached the quorum comes right before the admission.
  const judged = eventsOf(logs, {
    abi: enclaveRegistryAbi,
    address: deployment.enclaveRegistry,
    eventName: "DocumentJudged",
  }).find(({ logIndex }) => logIndex + 1 === admitted.logIndex);
  demand(judged !== undefined, `No verdict led to the admission of the key ${key}.`);

  const [proposed] = parseEventLogs({
    abi: enclaveRegistryAbi,
    eventName: "DocumentProposed",
    logs: await searchLogs(client, { ...registry, topics: [PROPOSED, judged.args.admissionId] }),
  });
  demand(proposed !== undefined, `The key ${key} was admitted without a proposal.`);
  const document = await readDocument(client, deployment, proposed.transactionHash);
  demand(
    keccak256(document) === proposed.args.documentHash,
    "The document in the proposal's calldata is not the one that was judged.",
  );
  return { ...proposed.args, document, proposedAt: positionOf(proposed) };
}

async function readDocument(client: Client, deployment: Deployment, hash: Hex32): Promise<Hex> {
  const { to, input } = await readTransaction(client, hash);
  if (to === null || !isAddressEqual(to, deployment.enclaveRegistry)) {
    throw new WrappedCallError(hash, to ?? "none, a deployment");
  }
  const { functionName, args } = decodeFunctionData({ abi: enclaveRegistryAbi, data: input });
  demand(functionName === "proposeDocument", `The proposal's transaction calls ${functionName}.`);
  return args[4];
}
