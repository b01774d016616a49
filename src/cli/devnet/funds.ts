// SPDX-License-Identifier: MIT
import { parseAbi, parseEther, type Address } from "viem";
import { waitForTransactionReceipt, writeContract } from "viem/actions";
import { privateKeyToAccount } from "viem/accounts";

import { isLocalChain } from "../../protocol/chains.ts";
import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../accounts.ts";
import { walletOf, type Context } from "../context.ts";
import { LocalChainOnlyError } from "../errors.ts";

const TEST_TOKEN_ABI = parseAbi(["function mint(address account, uint256 amount)"]);

/** Tokens that each development account gets: enough stake for a few hundred open requests. */
export const DEVELOPMENT_FUNDS = parseEther("100000");

/** Mints test tokens to accounts of a local chain; a local chain funds them with ether by itself. */
export async function fund(
  context: Context,
  command: string,
  accounts: readonly Address[],
): Promise<void> {
  if (!isLocalChain(context.chain.id)) throw new LocalChainOnlyError(command, context.chain.id);
  const minter = walletOf(
    context,
    privateKeyToAccount(developmentKey(DEVELOPMENT_ACCOUNTS.deployer)),
  );
  for (const account of accounts) {
    const hash = await writeContract(minter, {
      address: context.deployment.token,
      abi: TEST_TOKEN_ABI,
      functionName: "mint",
      args: [account, DEVELOPMENT_FUNDS],
    });
    await waitForTransactionReceipt(context.client, { hash });
  }
}
