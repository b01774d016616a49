// SPDX-License-Identifier: MIT
import { hostname } from "node:os";

import type { Address } from "viem";

import { type Database, type Lease, Leases, openDatabase } from "../store/index.ts";
import type { Chain } from "./chain.ts";
import { NodeStoppedError } from "./errors.ts";
import type { NodeOptions } from "./types.ts";

const LEASE_TTL_MS = 15_000;

/** A node's database, and its right to be the one process that follows the chain and sends transactions. */
export interface NodeDatabase {
  database: Database;
  lease: Pick<Lease, "lost" | "assertHeld">;
  close(): Promise<void>;
}

/** One schema per chain, market and node, so that many may share a server. */
function schemaOf({ deployment, address }: Pick<Chain, "deployment" | "address">): string {
  return `assay_${deployment.chainId}_${short(deployment.market)}_${short(address)}`;
}

/**
 * Opens the node's database. On a server it waits until no other process of the node has the lease: the second one stands
 * by. A folder is locked by whoever opened it, and needs none.
 */
export async function openNodeDatabase(
  chain: Chain,
  { database: location, folder, logger }: NodeOptions,
  signal: AbortSignal,
): Promise<NodeDatabase> {
  const database = await openDatabase({ location: location ?? folder, schema: schemaOf(chain) });
  if (database.engine === "pglite") {
    const lease = { lost: new AbortController().signal, assertHeld: async () => {} };
    return { database, lease, close: () => database.close() };
  }
  try {
    logger.info({ address: chain.address }, "waits for its turn to be the node's one sender");
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

function short(address: Address): string {
  return address.slice(2, 12).toLowerCase();
}
