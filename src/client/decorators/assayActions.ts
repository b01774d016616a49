// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { BoundDeployment } from "./bound.ts";
import { type PublicAssayActions, publicAssayActions } from "./publicAssayActions.ts";
import { type WalletAssayActions, walletAssayActions } from "./walletAssayActions.ts";

/** All actions of a client that is extended by {@link assayActions}. */
export type AssayActions = PublicAssayActions & WalletAssayActions;

/**
 * Adds all actions to a viem client, bound to one deployment.
 *
 * @example
 * const client = createWalletClient({ account, chain, transport: http() }).extend(
 *   assayActions({ deployment }),
 * );
 * await client.approveAndDeposit({ receiver: account.address, amount: 5_000_000n });
 * const { id } = await client.openRequest({ request });
 * const { outputCommitment } = await client.waitForFinal({ id });
 */
export function assayActions(parameters: BoundDeployment) {
  return (client: Client): AssayActions => ({
    ...publicAssayActions(parameters)(client),
    ...walletAssayActions(parameters)(client),
  });
}
