// SPDX-License-Identifier: MIT
import { type Address, type Hex, recoverTypedDataAddress } from "viem";

import type { Request } from "./request.ts";
import {
  type AssayDomain,
  type BoundResult,
  type OrderDomain,
  orderTypedData,
  resultTypedData,
} from "./typed-data.ts";

/** Who signed an order, or undefined if the signature is malformed. */
export function recoverOrderSigner(
  domain: OrderDomain,
  request: Request,
  signature: Hex,
): Promise<Address | undefined> {
  return recover(recoverTypedDataAddress({ ...orderTypedData(domain, request), signature }));
}

/** Who signed a result, or undefined if the signature is malformed. */
export function recoverResultSigner(
  domain: AssayDomain,
  result: BoundResult,
  signature: Hex,
): Promise<Address | undefined> {
  return recover(recoverTypedDataAddress({ ...resultTypedData(domain, result), signature }));
}

/** A malformed signature is nobody's, which is what callers compare with. */
async function recover(signer: Promise<Address>): Promise<Address | undefined> {
  return signer.catch(() => undefined);
}
