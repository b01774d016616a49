// SPDX-License-Identifier: MIT
// What never changes along a sequence of commands: who is who, and what everything was deployed with.
import type { Address, Hex } from "viem";

import type {
  AssayDomain,
  CourtParameters,
  EvidenceSet,
  MarketParameters,
  ModelId,
  Role,
} from "../../src/protocol/index.ts";

/** What each request of a model needs. */
export interface Terms {
  paths: EvidenceSet;
  /** Fixed metered units; zero: metered per request. */
  units: number;
  /** Seconds that a TEE result stays challengeable; zero: final at once. */
  teeWindow: number;
  /** Token units that a node locks besides the declared value. */
  bond: bigint;
  valueCap: bigint;
}

export interface NodeRules {
  role: Role;
  operator: Address;
  payout: Address;
}

/** A key that registrars admitted. */
export interface EnclaveRules {
  node: Address;
  modelId: ModelId;
  /** Unix seconds. */
  expiresAt: number;
}

export interface Rules {
  domain: AssayDomain;
  market: MarketParameters;
  court: CourtParameters;
  models: ReadonlyMap<Hex, Terms>;
  nodes: ReadonlyMap<Address, NodeRules>;
  /** The holders of the draw table's seats, in their order; none ever leaves. */
  seats: readonly Address[];
  enclaves: ReadonlyMap<Address, EnclaveRules>;
  /** What the circuit computes: only this output of only this input has a proof. */
  circuit: { inputCommitment: Hex; outputCommitment: Hex };
  /** The guardian, who publishes the models too. */
  owner: Address;
  /** Contracts that have a balance in the market's ledger, or hold tokens. */
  contracts: { market: Address; orders: Address; nodes: Address; court: Address };
}
