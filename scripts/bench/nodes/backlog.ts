// SPDX-License-Identifier: MIT
/** What is re-checked: results of the digit model, each of a request and an input of its own. */
import { type Address, type Hex, keccak256, toHex, zeroAddress, zeroHash } from "viem";

import type { RecheckJob } from "../../../src/node/jobs/queues.ts";
import type { Hex32, ModelId } from "../../../src/protocol/ids.ts";
import { commitOutput } from "../../../src/protocol/typed-data.ts";
import { commitInput, type QuantisedModel, runModel } from "../../../src/zkml/index.ts";

/** Backlogs share no input: an input is fetched once. The first two differ in who serves theirs. */
export const BACKLOGS = ["waiting", "computing", "stored"] as const;
export type Backlog = (typeof BACKLOGS)[number];
export type ServedBacklog = Exclude<Backlog, "stored">;

/** Who serves the inputs of `stored`: nobody, for nothing is run. */
export const NO_SOURCE: Address = "0x000000000000000000000000000000000000dEaD";

const MAX_RESULTS = 1_000_000;

export interface DeliveredResult {
  backlog: Backlog;
  input: Uint8Array;
  inputCommitment: Hex32;
  outputCommitment: Hex32;
}

/** The results of a backlog, the same ones in every process and every run. */
export function deliveredResults(
  model: QuantisedModel,
  backlog: Backlog,
  count: number,
): DeliveredResult[] {
  const first = BACKLOGS.indexOf(backlog) * MAX_RESULTS;
  return Array.from({ length: count }, (_, index) => {
    const input = inputOf(model, first + index);
    const { output } = runModel(model, input);
    const inputCommitment = commitInput(model, input);
    return { backlog, input, inputCommitment, outputCommitment: commitOutput(output) };
  });
}

/** The job of checking a result. */
export function toJob(
  { backlog, inputCommitment }: DeliveredResult,
  { modelId, sources }: { modelId: ModelId; sources: Record<Backlog, Address> },
): RecheckJob {
  const source = sources[backlog];
  return {
    id: keccak256(inputCommitment),
    source,
    request: {
      client: source,
      node: source,
      modelId,
      inputCommitment,
      dataCommitment: zeroHash,
      dataNode: zeroAddress,
      requiredEvidence: 0,
      maxFee: 1n,
      unitPrice: 1n,
      declaredValue: 0n,
      deliverBy: 1,
      proveBy: 1,
      refundAfter: 1,
      consumer: zeroAddress,
      callbackGas: 0,
      nonce: 0n,
    },
  };
}

/** Pixels from the index's hash, inside the domain. */
function inputOf({ input }: QuantisedModel, index: number): Uint8Array {
  const digits: Hex = keccak256(toHex(index));
  return Uint8Array.from({ length: input.length }, (_, pixel) => {
    const at = 2 + (pixel % 32) * 2;
    return Number.parseInt(digits.slice(at, at + 2), 16) % 17;
  });
}
