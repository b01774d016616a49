// SPDX-License-Identifier: MIT
import { Evidence, type EvidenceSet, hasEvidence } from "../../protocol/evidence.ts";
import { isFinalAtOnce } from "../../protocol/order.ts";
import { State } from "../../protocol/state.ts";

/** What an inference node knows about one request when it decides what to do. */
export interface Situation {
  state: State;
  /** Of the request. */
  required: EvidenceSet;
  /** On chain for the delivered result. */
  evidence: EvidenceSet;
  /** The request names this node, or this node is assigned or delivered. */
  isMine: boolean;
  /** The request names nobody. */
  isOpenToAll: boolean;
  hasInput: boolean;
  hasAnswer: boolean;
  /** An enclave key of this node is live for the model. */
  hasEnclave: boolean;
  /** Unix seconds, of the newest block. */
  now: number;
  deliverBy: number;
  proveBy: number;
  /** Unix seconds; zero while no window runs, undefined while unknown. */
  finalAt: number | undefined;
  /** Seconds, of the model. */
  teeWindow: number;
  dispute: { arbiter: Evidence; evidenceBy: number } | undefined;
}

/** The next thing to do about a request. */
export type Step =
  | { do: "answer" }
  | { do: "accept" }
  | { do: "deliver"; kind: Evidence }
  | { do: "prove"; kind: Evidence }
  | { do: "finalize" }
  | { do: "defend"; kind: Evidence };

/** The kind of evidence that a result is delivered with: the signature before the proof, since it is there at once. */
export function firstKind(required: EvidenceSet): Evidence {
  if (hasEvidence(required, Evidence.TEE)) return Evidence.TEE;
  return hasEvidence(required, Evidence.ZKML) ? Evidence.ZKML : Evidence.VANILLA;
}

/** Decides; undefined when there is nothing to do now. */
export function nextStep(situation: Situation): Step | undefined {
  const step = stepOf(situation);
  const needsEnclave = step !== undefined && "kind" in step && step.kind === Evidence.TEE;
  return needsEnclave && !situation.hasEnclave ? undefined : step;
}

function stepOf(situation: Situation): Step | undefined {
  switch (situation.state) {
    case State.NONE:
    case State.OPEN:
    case State.ASSIGNED:
      return stepBeforeDelivery(situation);
    case State.DELIVERED:
      return situation.isMine ? stepAfterDelivery(situation) : undefined;
    case State.DISPUTED:
      return situation.isMine ? stepInDispute(situation) : undefined;
    default:
      return undefined;
  }
}

function stepBeforeDelivery(situation: Situation): Step | undefined {
  const { state, isMine, isOpenToAll, hasInput, hasAnswer, required, teeWindow } = situation;
  const isFree = state === State.OPEN && isOpenToAll;
  if (!(isMine || isFree) || situation.now >= situation.deliverBy) return undefined;
  if (!hasAnswer) return hasInput ? { do: "answer" } : undefined;

  const kind = firstKind(required);
  // What is not final at once could be copied, so the chain wants its node assigned first.
  if (isFree && !isFinalAtOnce(required, kind, teeWindow)) return { do: "accept" };
  return { do: "deliver", kind };
}

function stepAfterDelivery(situation: Situation): Step | undefined {
  const { required, evidence, now, proveBy, finalAt, hasInput, hasAnswer } = situation;
  const missing = [Evidence.TEE, Evidence.ZKML].find(
    (kind) => hasEvidence(required, kind) && !hasEvidence(evidence, kind),
  );
  if (missing !== undefined) {
    if (now >= proveBy) return undefined;
    // After the loss of its folder a node needs the input again.
    if (!hasAnswer) return hasInput ? { do: "answer" } : undefined;
    return { do: "prove", kind: missing };
  }
  const isOver = finalAt !== undefined && finalAt !== 0 && now >= finalAt;
  return isOver ? { do: "finalize" } : undefined;
}

function stepInDispute({ dispute, now, hasInput, hasAnswer }: Situation): Step | undefined {
  if (dispute === undefined || now >= dispute.evidenceBy) return undefined;
  if (dispute.arbiter === Evidence.VANILLA) return undefined;
  if (!hasAnswer) return hasInput ? { do: "answer" } : undefined;
  return { do: "defend", kind: dispute.arbiter };
}
