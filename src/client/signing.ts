// SPDX-License-Identifier: MIT
import type { Account, Address, Client, Hex } from "viem";

import { AccountMissingError, SigningFailedError } from "./errors.ts";

/** What every signing action takes besides its own parameters. */
export interface SignOptions {
  /** Who signs; the client's account if not given. */
  account?: Account | Address;
}

/** What every signing action may throw. */
export type SignErrorType = AccountMissingError | SigningFailedError;

/** Asks an account for a signature and turns whatever the wallet throws into one of our errors. */
export async function withSigner(
  client: Client,
  parameters: SignOptions & { what: string },
  sign: (account: Account | Address) => Promise<Hex>,
): Promise<Hex> {
  const { what, account = client.account } = parameters;
  if (account === undefined) throw new AccountMissingError(`Signing the ${what}`);
  try {
    return await sign(account);
  } catch (cause) {
    throw new SigningFailedError(what, cause);
  }
}
