// SPDX-License-Identifier: MIT
// The daemons of a soak, each with a way to the chain that fails in its own way.
import { fileURLToPath } from "node:url";
import { join } from "node:path";

import type { Address } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { freePort } from "../../../scripts/free-port.ts";
import { type FaultProxy, FAULTS, startFaultProxy } from "../../support/fault-proxy.ts";
import { type Daemon, type DaemonOrder, startDaemon } from "../crash/child.ts";
import { keyOf, tokens, type World } from "../world.ts";
import type { SoakOrder } from "./daemon.ts";

const PROGRAM = fileURLToPath(new URL("daemon.ts", import.meta.url));
export const NODES = [
  { name: "soak-liar", role: "inference", stake: "9000" },
  { name: "soak-inference", role: "inference", stake: "9000" },
  { name: "soak-verifier-1", role: "verification", stake: "2000" },
  { name: "soak-verifier-2", role: "verification", stake: "2000" },
  { name: "soak-verifier-3", role: "verification", stake: "2000" },
] as const;
/** The inference nodes come first. */
export const SERVING = NODES.filter(({ role }) => role === "inference").length;

/** A daemon and its way to the chain. */
export interface Post {
  name: string;
  address: Address;
  daemon: Daemon;
  proxy: FaultProxy;
  port: number;
  metricsPort: number;
}

/** Starts one of {@link NODES}; logs go to the folder if one is given. */
export async function startPost(
  world: World,
  at: number,
  { seed, logs }: { seed: number; logs?: string },
): Promise<Post> {
  const node = NODES[at];
  if (node === undefined) throw new RangeError(`there is no node ${at}`);
  const { name, role, stake } = node;
  const proxy = await startFaultProxy({
    target: world.rpcUrl,
    seed: seed + at,
    delayMs: 100,
    retryAfterSeconds: 0,
  });
  const port = await freePort();
  const metricsPort = await freePort();
  await world.fund(name);
  const order: DaemonOrder & SoakOrder = {
    role,
    rpcUrl: proxy.url,
    deployment: { ...world.deployment, block: String(world.deployment.block) },
    privateKey: keyOf(name),
    folder: join(world.root, name),
    port,
    modelId: world.modelId,
    stake: String(tokens(stake)),
    killAt: [],
    metricsPort,
    lies: name === "soak-liar",
    logFile: logs === undefined ? undefined : join(logs, `${name}.log`),
  };
  const { address } = privateKeyToAccount(keyOf(name));
  return { name, address, daemon: startDaemon(order, PROGRAM), proxy, port, metricsPort };
}

export async function closePosts(posts: readonly Post[]): Promise<void> {
  await Promise.all(posts.map(({ daemon }) => daemon.stop()));
  await Promise.all(posts.map(({ proxy }) => proxy.close()));
}

/** Whether all that the daemon signed is mined. */
export async function hasSettled({ metricsPort }: Post): Promise<true | undefined> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).catch(() => undefined);
  const text = (await response?.text()) ?? "";
  // What is only planned may stay: its process died, and the action was another node's in the end.
  return /^assay_transactions\{[^}]*state="signed"[^}]*\} 0$/m.test(text) ? true : undefined;
}

/** Requests so far, and those with a fault. */
export function faultsOf(posts: readonly Post[]): { requests: number; faults: number } {
  const requests = posts.reduce((sum, { proxy }) => sum + proxy.requests, 0);
  const faults = posts.reduce(
    (sum, { proxy }) => sum + FAULTS.reduce((all, fault) => all + proxy.counts[fault], 0),
    0,
  );
  return { requests, faults };
}
