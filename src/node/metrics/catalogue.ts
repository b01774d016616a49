// SPDX-License-Identifier: MIT
/**
 * Owns the list of everything that a node measures. docs/metrics.md is made from it, and alerts and dashboard may name
 * nothing else. Labels have few values: paths, models and lanes of this node, its own addresses, never a request.
 */
import { PATHS } from "../../protocol/evidence.ts";
import { CONTENT_KINDS } from "../content.ts";

/** One metric, as Prometheus and a reader see it. */
export interface MetricDefinition {
  name: `assay_${string}`;
  type: "counter" | "gauge" | "histogram";
  /** What one of it is. */
  unit: string;
  /** Each label, and its values if they are the same for every node. */
  labels: Readonly<Record<string, readonly string[] | string>>;
  help: string;
  /** Upper bounds, of a histogram. */
  buckets?: readonly number[];
  /** Taken from what Prometheus samples at a scrape: absent while its source is not connected or fails. */
  source?: SourceName;
}

/** What is asked at a scrape. */
export const SOURCES = [
  "queues",
  "deadlines",
  "follower",
  "transactions",
  "balances",
  "stake",
  "tally",
  "enclaves",
  "content",
  "database",
  "leases",
] as const;
export type SourceName = (typeof SOURCES)[number];

/** From a cached answer to the longest challenge window. */
const LATENCY_BUCKETS = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400,
];
const WORK_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];
const CALL_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const LANE = "paths, or the names of job queues";
const MODEL = "names of this node's models";

export const METRICS = {
  /* QUEUES */
  queueDepth: {
    name: "assay_queue_depth",
    type: "gauge",
    unit: "jobs",
    labels: { lane: LANE },
    help: "Jobs that wait.",
    source: "queues",
  },
  queueActive: {
    name: "assay_queue_active",
    type: "gauge",
    unit: "jobs",
    labels: { lane: LANE },
    help: "Jobs that are being worked on.",
    source: "queues",
  },
  queueOldest: {
    name: "assay_queue_oldest_seconds",
    type: "gauge",
    unit: "seconds",
    labels: { lane: LANE },
    help: "Age of the oldest job that is not done; 0 when there is none.",
    source: "queues",
  },
  queueDeadLetters: {
    name: "assay_queue_dead_letters",
    type: "gauge",
    unit: "jobs",
    labels: { lane: LANE },
    help: "Jobs that failed as often as they may.",
    source: "queues",
  },
  proveDeadline: {
    name: "assay_prove_deadline_seconds",
    type: "gauge",
    unit: "seconds",
    labels: {},
    help: "Time left for the own delivered request whose missing proof is due first; absent when there is none.",
    source: "deadlines",
  },

  /* REQUESTS */
  timeToResult: {
    name: "assay_time_to_result_seconds",
    type: "histogram",
    unit: "seconds",
    labels: { path: PATHS },
    help: "From a request's or order's arrival at this node to its signed answer.",
    buckets: LATENCY_BUCKETS,
  },
  timeToFinal: {
    name: "assay_time_to_final_seconds",
    type: "histogram",
    unit: "seconds",
    labels: { path: PATHS },
    help: "From the same arrival to FINAL, seen at head.",
    buckets: LATENCY_BUCKETS,
  },
  requests: {
    name: "assay_requests_total",
    type: "counter",
    unit: "requests",
    labels: { path: PATHS, outcome: ["delivered", "final", "rejected", "refunded"] },
    help: "Own requests (named, accepted or delivered) by what became of them on chain, ever.",
    source: "tally",
  },
  orders: {
    name: "assay_orders_total",
    type: "counter",
    unit: "orders",
    labels: { outcome: ["taken", "refused"] },
    help: "Signed orders that were answered or refused; a repeated order counts again.",
  },

  /* WORK */
  proofSeconds: {
    name: "assay_proof_seconds",
    type: "histogram",
    unit: "seconds",
    labels: { model: MODEL },
    help: "Making one proof, with its wait for a free prover.",
    buckets: WORK_BUCKETS,
  },
  proofFailures: {
    name: "assay_proof_failures_total",
    type: "counter",
    unit: "proofs",
    labels: { model: MODEL },
    help: "Proofs that were begun and not made.",
  },
  recheckSeconds: {
    name: "assay_recheck_seconds",
    type: "histogram",
    unit: "seconds",
    labels: { model: MODEL },
    help: "Re-running one result, with the transfer of its input.",
    buckets: WORK_BUCKETS,
  },
  rechecks: {
    name: "assay_rechecks_total",
    type: "counter",
    unit: "results",
    labels: { outcome: ["right", "wrong"] },
    help: "Re-run results by what came out.",
  },

  /* CHAIN */
  rpcRequests: {
    name: "assay_rpc_requests_total",
    type: "counter",
    unit: "calls",
    labels: { provider: "primary, secondary", method: "JSON-RPC methods, or other" },
    help: "Calls to the chain's RPC; repetitions within one call are not counted.",
  },
  rpcErrors: {
    name: "assay_rpc_errors_total",
    type: "counter",
    unit: "calls",
    labels: { provider: "primary, secondary", method: "JSON-RPC methods, or other" },
    help: "Calls that gave no result: refused, reverted, timed out.",
  },
  rpcSeconds: {
    name: "assay_rpc_seconds",
    type: "histogram",
    unit: "seconds",
    labels: { provider: "primary, secondary" },
    help: "Duration of calls.",
    buckets: CALL_BUCKETS,
  },
  headBlock: {
    name: "assay_head_block",
    type: "gauge",
    unit: "block number",
    labels: {},
    help: "Newest block that was followed.",
    source: "follower",
  },
  confirmedBlock: {
    name: "assay_confirmed_block",
    type: "gauge",
    unit: "block number",
    labels: {},
    help: "Newest block that counts as confirmed.",
    source: "follower",
  },
  finalBlock: {
    name: "assay_final_block",
    type: "gauge",
    unit: "block number",
    labels: {},
    help: "Newest block that can not be replaced any more.",
    source: "follower",
  },
  blockLag: {
    name: "assay_block_lag",
    type: "gauge",
    unit: "blocks",
    labels: {},
    help: "Blocks of the RPC that were not followed yet.",
    source: "follower",
  },
  headAge: {
    name: "assay_head_age_seconds",
    type: "gauge",
    unit: "seconds",
    labels: {},
    help: "Age of the newest followed block by its own timestamp.",
    source: "follower",
  },
  followerHealthy: {
    name: "assay_follower_healthy",
    type: "gauge",
    unit: "1 or 0",
    labels: {},
    help: "Whether the chain was followed within the last 30 s.",
    source: "follower",
  },
  reorgs: {
    name: "assay_reorgs_total",
    type: "counter",
    unit: "reorganisations",
    labels: {},
    help: "Times that followed blocks were replaced.",
    source: "follower",
  },
  deepestReorg: {
    name: "assay_reorg_deepest_blocks",
    type: "gauge",
    unit: "blocks",
    labels: {},
    help: "Blocks replaced by the deepest reorganisation that was seen.",
    source: "follower",
  },

  /* MONEY */
  transactions: {
    name: "assay_transactions",
    type: "gauge",
    unit: "transactions",
    labels: { state: ["planned", "signed", "mined", "final", "failed"] },
    help: "Own transactions by state.",
    source: "transactions",
  },
  transactionsReplaced: {
    name: "assay_transactions_replaced_total",
    type: "counter",
    unit: "transactions",
    labels: {},
    help: "Transactions sent again at a higher price.",
    source: "transactions",
  },
  transactionsReverted: {
    name: "assay_transactions_reverted_total",
    type: "counter",
    unit: "transactions",
    labels: {},
    help: "Transactions that were mined and reverted.",
    source: "transactions",
  },
  gasSpent: {
    name: "assay_gas_spent_ether_total",
    type: "counter",
    unit: "ether",
    labels: {},
    help: "Paid for gas of own transactions.",
    source: "transactions",
  },
  feeBalance: {
    name: "assay_fee_balance_ether",
    type: "gauge",
    unit: "ether",
    labels: { address: "own sending keys" },
    help: "What a sending key has for gas.",
    source: "balances",
  },
  ledgerBalance: {
    name: "assay_ledger_balance_tokens",
    type: "gauge",
    unit: "tokens",
    labels: {},
    help: "What the node's address has in the market, free to withdraw or to bond.",
    source: "balances",
  },
  stake: {
    name: "assay_stake_tokens",
    type: "gauge",
    unit: "tokens",
    labels: { kind: ["total", "opted", "at_risk"] },
    help: "All that can be slashed; of it opted in to models; of that locked behind open requests.",
    source: "stake",
  },
  earnings: {
    name: "assay_earnings_tokens_total",
    type: "counter",
    unit: "tokens",
    labels: { share: ["inference", "verification"] },
    help: "Shares of final requests, and pools taken as their checker, ever.",
    source: "tally",
  },
  slashed: {
    name: "assay_slashed_tokens_total",
    type: "counter",
    unit: "tokens",
    labels: {},
    help: "Stake that was slashed, ever.",
    source: "tally",
  },
  challenges: {
    name: "assay_challenges_total",
    type: "counter",
    unit: "challenges",
    labels: { direction: ["made", "received"], outcome: ["opened", "won", "lost", "undecided"] },
    help: "Challenges by and against this node, by how they ended for it, ever.",
    source: "tally",
  },
  disputesOpen: {
    name: "assay_disputes_open",
    type: "gauge",
    unit: "disputes",
    labels: { direction: ["made", "received"] },
    help: "Challenges without a verdict.",
    source: "tally",
  },

  /* NODE */
  enclaveKeyExpiry: {
    name: "assay_enclave_key_expiry_timestamp_seconds",
    type: "gauge",
    unit: "unix seconds",
    labels: { model: MODEL },
    help: "When the live enclave key expires; 0 while a model with a TEE path has none.",
    source: "enclaves",
  },
  contentEntries: {
    name: "assay_content_entries",
    type: "gauge",
    unit: "entries",
    labels: { kind: CONTENT_KINDS },
    help: "Kept content.",
    source: "content",
  },
  contentBytes: {
    name: "assay_content_bytes",
    type: "gauge",
    unit: "bytes",
    labels: { kind: CONTENT_KINDS },
    help: "Size of kept content.",
    source: "content",
  },
  databaseBytes: {
    name: "assay_database_bytes",
    type: "gauge",
    unit: "bytes",
    labels: {},
    help: "Size of the node's tables with their indexes.",
    source: "database",
  },
  querySeconds: {
    name: "assay_database_query_seconds",
    type: "histogram",
    unit: "seconds",
    labels: { kind: ["read", "write", "transaction"] },
    help: "Duration of statements and transactions.",
    buckets: CALL_BUCKETS,
  },
  leaseHeld: {
    name: "assay_lease_held",
    type: "gauge",
    unit: "1 or 0",
    labels: { lease: "names of leases" },
    help: "Whether this process may do what only one process may do.",
    source: "leases",
  },
  scrapeErrors: {
    name: "assay_scrape_source_errors_total",
    type: "counter",
    unit: "scrapes",
    labels: { source: SOURCES },
    help: "Scrapes at which a source failed or was too slow; its metrics are absent then.",
  },
  buildInfo: {
    name: "assay_build_info",
    type: "gauge",
    unit: "1",
    labels: { version: "of this software", role: ["inference", "verification", "data", "worker"] },
    help: "What runs.",
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricKey = keyof typeof METRICS;
/** The labels that a metric takes, each as one string. */
export type LabelsOf<K extends MetricKey> = Record<
  Extract<keyof (typeof METRICS)[K]["labels"], string>,
  string
>;

/** What the process itself tells, of prom-client's defaults, that alerts and dashboard may name. */
export const PROCESS_METRICS = [
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "process_start_time_seconds",
  "process_open_fds",
  "nodejs_eventloop_lag_p99_seconds",
  "nodejs_heap_size_used_bytes",
] as const;
