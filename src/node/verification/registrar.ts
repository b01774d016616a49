// SPDX-License-Identifier: MIT
/** Owns this node's verdicts on enclave documents: each is read from its proposal's calldata and verified once. */
import { decodeFunctionData, type Hex, hexToBytes, isAddressEqual } from "viem";
import { getTransaction } from "viem/actions";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import { getAdmission } from "../../client/actions/getAdmission.ts";
import { getNode } from "../../client/actions/getNode.ts";
import { isMeasurementAllowed } from "../../client/actions/isMeasurementAllowed.ts";
import { judgeDocument } from "../../client/actions/judgeDocument.ts";
import { withCallErrors } from "../../client/revert.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { ChainEvent, ChainView } from "../events.ts";
import type { Head } from "../follower/index.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import { judgeProposal, type Proposal } from "./judge-proposal.ts";

/**
 * A vote that completes the quorum also admits the key. Registrars vote at the same moment, so the estimate of a vote that
 * completes nothing would be too low by the time it is mined.
 */
const VOTE_GAS = 400_000n;

export class Registrar implements ChainView {
  readonly #shared: Shared;
  readonly #open = new Map<Hex32, Proposal>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  reset(): void {
    this.#open.clear();
  }

  apply(event: ChainEvent): void {
    const { address } = this.#shared.chain;
    switch (event.eventName) {
      case "DocumentProposed":
        this.#open.set(event.args.admissionId, {
          ...event.args,
          transactionHash: event.transactionHash,
        });
        break;
      case "DocumentJudged":
        if (isAddressEqual(event.args.registrar, address))
          this.#open.delete(event.args.admissionId);
        break;
      case "DocumentRefused":
        this.#open.delete(event.args.admissionId);
        break;
      case "EnclaveKeyAdmitted":
        for (const [id, { key }] of this.#open) if (key === event.args.key) this.#open.delete(id);
        break;
      default:
        break;
    }
  }

  onHead(head: Head): void {
    for (const proposal of this.#open.values()) {
      const { admissionId, expiresAt } = proposal;
      if (head.timestamp >= expiresAt) this.#open.delete(admissionId);
      else {
        const fields = { admissionId, node: proposal.node };
        const judge = () => this.#judge(proposal, head.timestamp);
        this.#shared.tasks.offer(`judge:${admissionId}`, fields, judge);
      }
    }
  }

  async #judge(proposal: Proposal, now: number): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { client, deployment } = chain;
    const { admissionId, node, modelId, measurement } = proposal;
    const { closed } = await getAdmission(client, { deployment, admissionId });
    if (closed) {
      this.#open.delete(admissionId);
      return;
    }

    const [document, { operator, payout }, isAllowed] = await Promise.all([
      this.#readDocument(proposal),
      getNode(client, { deployment, node }),
      isMeasurementAllowed(client, { deployment, modelId, measurement }),
    ]);
    const context = { chain, operator, payout, isAllowed, now };
    const refusal = judgeProposal(proposal, document, context);
    const approve = refusal === undefined;
    const fields = { admissionId, node, model: modelId, key: proposal.key };
    const vote = { deployment, admissionId, approve, gas: VOTE_GAS };
    await sender.send(`judge:${admissionId}`, (client) => judgeDocument(client, vote), ONCE);
    if (approve) logger.info(fields, "enclave document approved");
    else logger.warn({ ...fields, ...refusal }, "enclave document refused");
  }

  /** The document in the proposal's calldata; undefined if it is not there. */
  async #readDocument({ transactionHash: hash }: Proposal): Promise<Uint8Array | undefined> {
    const { client, deployment } = this.#shared.chain;
    const sent = await withCallErrors("eth_getTransactionByHash", getTransaction(client, { hash }));
    if (sent.to === null || !isAddressEqual(sent.to, deployment.enclaveRegistry)) return undefined;
    return decodeDocument(sent.input);
  }
}

function decodeDocument(data: Hex): Uint8Array | undefined {
  try {
    const call = decodeFunctionData({ abi: enclaveRegistryAbi, data });
    return call.functionName === "proposeDocument" ? hexToBytes(call.args[4]) : undefined;
  } catch {
    // Somebody's strange calldata: there is no document in it.
    return undefined;
  }
}
