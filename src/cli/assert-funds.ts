// SPDX-License-Identifier: MIT
import { erc20Abi, formatEther, formatUnits, type Account, type Client } from "viem";
import { getBalance, readContract } from "viem/actions";

import { getLedgerBalance, type Deployment } from "../client/index.ts";
import { TOKEN_DECIMALS } from "./arguments.ts";
import { FundsMissingError } from "./errors.ts";

/** Throws a {@link FundsMissingError} if the account cannot escrow this much, or cannot pay for gas. */
export async function assertFunds(
  client: Client & { account: Account },
  { deployment, amount }: { deployment: Deployment; amount: bigint },
): Promise<void> {
  const { address } = client.account;
  const [ether, inMarket, inWallet] = await Promise.all([
    getBalance(client, { address }),
    getLedgerBalance(client, { deployment, account: address }),
    readContract(client, {
      address: deployment.token,
      abi: erc20Abi,
      functionName: "balanceOf",
      args: [address],
    }),
  ]);
  if (ether === 0n)
    throw new FundsMissingError(address, `${formatEther(ether)} ETH`, "some for gas");
  const tokens = (units: bigint) => formatUnits(units, TOKEN_DECIMALS);
  if (inMarket + inWallet < amount)
    throw new FundsMissingError(
      address,
      `${tokens(inWallet)} tokens (and ${tokens(inMarket)} in the market)`,
      `${tokens(amount)} for --max-fee`,
    );
}
