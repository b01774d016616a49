// SPDX-License-Identifier: MIT
import { concatHex, keccak256, size, type Hex } from "viem";

import { DebugDocumentError, DocumentFieldError } from "./errors.ts";

/** The registers that hold the enclave's image, its kernel and boot ramdisk, and its application. */
const IMAGE_REGISTERS = [0, 1, 2] as const;

/** Bytes of a SHA-384 register. The size is fixed, so that the registers' concatenation is unambiguous. */
const REGISTER_SIZE = 48;

const ZERO = /^0x0*$/;

/**
 * keccak256(pcr0 || pcr1 || pcr2), the form in which OpenGradient and the enclave registry name an enclave's image.
 *
 * @throws {DebugDocumentError} if the three are zero, whatever the other registers say.
 */
export function measure(pcrs: ReadonlyMap<number, Hex>): Hex {
  const registers = IMAGE_REGISTERS.map((index) => {
    const register = pcrs.get(index);
    if (register === undefined || size(register) !== REGISTER_SIZE) {
      throw new DocumentFieldError("pcrs", `must have ${REGISTER_SIZE} bytes at index ${index}`);
    }
    return register;
  });
  if (registers.every((register) => ZERO.test(register))) throw new DebugDocumentError();

  return keccak256(concatHex(registers));
}
