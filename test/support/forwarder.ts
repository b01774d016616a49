// SPDX-License-Identifier: MIT
// A node that is a contract: it forwards what it is sent, so that its calls are in no transaction's calldata.
import { type Address, concat, type Hex, pad } from "viem";

/** Calls the address in the first word of its calldata with the rest of it, and reverts as that call does. */
const RUNTIME: Hex = "0x602036038060205f375f5f825f5f5f355af1601c573d5f5f3e3d5ffd5b00";

/** Deploys {@link RUNTIME}. */
export const FORWARDER: Hex = concat(["0x601e8060095f395ff3", RUNTIME]);

/** What a forwarder is sent for one call. */
export function forwarded(to: Address, data: Hex): Hex {
  return concat([pad(to), data]);
}
