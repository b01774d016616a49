// SPDX-License-Identifier: MIT
import { hostname } from "node:os";

import type { Address, Client } from "viem";
import { getBlock } from "viem/actions";

import type { Deployment } from "../client/deployment.ts";
import { withCallErrors } from "../client/revert.ts";
import { isLocalChain } from "../protocol/chains.ts";
import { type Database, type Lease, Leases, openDatabase } from "../store/index.ts";
import type { Chain } from "./chain.ts";
import { NodeStoppedError } from "./errors.ts";
import { outlast } from "./outage.ts";
import type { NodeOptions } from "./types.ts";

const LEASE_TTL_MS = 15_000;

/** A node's database, and its right to be the one process that follows the chain and sends transactions. */
export interface NodeDatabase {
  database: Database;
  lease: Pick<Lease, "lost" | "assertHeld">;
  close(): Promise<void>;
}

/**
 * The name of a node's schema: one per chain, market and node, so that many may share a server. A local chain begins anew
 * at every start, so there its first block counts too.
 */
export async function schemaOf(
  client: Client,
  { deployment, node }: { deployment: Pick<Deployment, "chainId" | "market">; node: Address },
): Promise<string> {
  const { chainId, market } = deployment;
  const parts = [String(chainId), short(market), short(node)];
  if (isLocalChain(chainId)) {
    const genesis = await withCallErrors(
      "eth_getBlockByNumber",
      getBlock(client, { blockNumber: 0n }),
    );
    parts.push(short(genesis.hash));
  }
  return ["assay", ...parts].join("_");
}

/**
 * Opens the node's database. On a server it waits until no other process of the node has the lease: the second one stands
 * by. A folder is locked by whoever opened it, and needs none.
 */
export async function openNodeDatabase(
  chain: Chain,
  { database: location, folder, logger, openDatabase: open = openDatabase }: NodeOptions,
  signal: AbortSignal,
): Promise<NodeDatabase> {
  const { client, deployment, address: node } = chain;
  const schema = await outlast({ signal, logger }, () => schemaOf(client, { deployment, node }));
  const database = await open({ location: location ?? folder, schema });
  if (database.engine === "pglite") {
    const lease = { lost: new AbortController().signal, assertHeld: async () => {} };
    return { database, lease, close: () => database.close() };
  }
  try {
    logger.info({ address: node }, "waits for its turn to be the node's one sender");
    const leases = await Leases.open(database);
    const holder = `${hostname()}:${process.pid}`;
    const lease = await leases.acquire({ name: "node", holder, ttlMs: LEASE_TTL_MS, signal });
    if (lease === undefined) throw new NodeStoppedError();
    const close = async () => {
      await lease.release();
      await database.close();
    };
    return { database, lease, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function short(hex: string): string {
  return hex.slice(2, 10).toLowerCase();
}
