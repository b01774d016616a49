// SPDX-License-Identifier: MIT
import type { Logger } from "pino";
import type { Address, Hex, HttpTransportConfig, Transport } from "viem";

import type { Deployment } from "../client/deployment.ts";
import type { ModelId } from "../protocol/ids.ts";
import type { Database, DatabaseLocation } from "../store/index.ts";
import type { BatchOptions } from "./batches/types.ts";
import type { MetricSources } from "./metrics/sources.ts";
import type { Enclave, EnclaveImage } from "../tee/index.ts";
import type { Prover, QuantisedModel } from "../zkml/index.ts";
import type { Runtime } from "./runtimes/integer.ts";
import type { ServedModel } from "./runtimes/types.ts";

/** What every node is started with. */
export interface NodeOptions {
  rpcUrl: string;
  deployment: Deployment;
  /** 32 bytes; pays for transactions and signs. Never logged. */
  privateKey: Hex;
  /** More keys, which only pay for gas: transactions that any key may send go out by the one with the least under way. */
  gasPayerKeys?: readonly Hex[];
  /** A second RPC of the same chain: stands in for the first, and what both say must agree. */
  backupRpcUrl?: string;
  /** Where the node keeps its database, unless `database` names a server. One folder per key. */
  folder: string;
  /** URL of a Postgres server (`postgres://...`), which several processes of the node may share. */
  database?: string;
  /** Blocks above one before it is relied on. Default 0 on local chains, 2 elsewhere. */
  confirmations?: number;
  /** Whether this process proves and re-runs itself; if not, workers do. Default true. */
  doesJobs?: boolean;
  /**
   * The models it serves or checks, by name: integer models as they are, whose name is also that of the circuit, and
   * models of other kinds.
   */
  models: Readonly<Record<string, QuantisedModel | ServedModel>>;
  /**
   * The registered version of each model. Of a model without one, the first is taken that was registered with its weights
   * and its verifying key: anybody can register another version, with terms that are bad for nodes.
   */
  modelIds?: Readonly<Record<string, ModelId>>;
  /** Token units to register with; nothing is paid if the address is registered. */
  stake: bigint;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** The URL to announce, for a node behind a proxy; by default where it listens. */
  endpoint?: string;
  /** Who runs the node, and approved it; the node's own address if not given. */
  operator?: Address;
  /** Where earnings are credited; the node's own address if not given. */
  payout?: Address;
  /** Where to serve `/metrics`, 0 for any free port; not served if not given. */
  metricsPort?: number;
  /** Default 127.0.0.1: the metrics are the operator's. */
  metricsHost?: string;
  /** Sources of metrics besides the node's own, or in their place. */
  metricSources?: Partial<MetricSources>;
  /** What `/ready` asks for. */
  ready?: ReadyOptions;
  logger: Logger;
  /** Stops the node. */
  signal?: AbortSignal;
  /** Default 250. */
  pollingIntervalMs?: number;
  /** Of integer models; by default the integer runtime. */
  runtime?: Runtime;
  /** Makes the prover of a circuit; by default snarkjs with one process. */
  createProver?: (name: string) => Promise<Prover>;
  /** How RPCs are reached; by default viem's `http`. */
  transport?: (rpcUrl: string, config: HttpTransportConfig) => Transport;
  /** Opens the database; by default the store's own. */
  openDatabase?: (location: DatabaseLocation) => Promise<Database>;
}

/** When a node may be sent work. */
export interface ReadyOptions {
  /** Default 5. */
  maxBlocksBehind?: number;
  /** What the node's key must have for gas. Default 0.01 ether. */
  minFeeWei?: bigint;
}

/** What an inference node is started with. */
export interface InferenceNodeOptions extends NodeOptions {
  /** Token units per metered unit; cheaper orders are refused, cheaper requests ignored. Default 0. */
  minUnitPrice?: bigint;
  /** How batches of receipts are made. */
  batches?: BatchOptions;
  /** Boots an enclave; by default a software enclave, on local chains only. */
  createEnclave?: (image: EnclaveImage) => Enclave;
}

/** What a verification node is started with. */
export interface VerificationNodeOptions extends NodeOptions {
  /** Verification nodes take turns: the k-th waits k times this. Default 2,000. */
  rankDelayMs?: number;
  /**
   * How many verification nodes check each result, drawn by the hash of the block that brought it: so ten times the
   * nodes check ten times the results. Every node must use the same number. Default 3.
   */
  checksPerResult?: number;
  /** Blocks for which a drawn node leaves a pool of verification shares to grow before it takes it. Default 1,000. */
  poolBlocks?: number;
}

/** A node that serves. */
export interface RunningNode {
  readonly address: Address;
  /** Base URL of its HTTP service. */
  readonly endpoint: string;
  /** Where its metrics are; undefined if they are not served. */
  readonly metricsEndpoint: string | undefined;
  /** Resolves when the node has stopped. */
  readonly closed: Promise<void>;
  /** Stops it: nothing new is begun, what runs is ended or left for the next start. */
  stop(): Promise<void>;
}
