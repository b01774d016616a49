// SPDX-License-Identifier: MIT
import { CircuitBuildError } from "./errors.ts";

const MAGIC = "r1cs";
const HEADER_SECTION = 1;
/**
 * Counts in the header before the number of constraints: wires, public outputs and inputs, private
 * inputs (u32), labels (u64).
 */
const BYTES_BEFORE_COUNT = 4 * 4 + 8;

/**
 * Reads the number of constraints from an r1cs file (iden3's binary format, version 1).
 *
 * @throws {CircuitBuildError} when the file is not one.
 */
export function readConstraintCount(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || new TextDecoder().decode(file.subarray(0, 4)) !== MAGIC) {
    throw new CircuitBuildError("reading the r1cs file", "it is not one");
  }
  const sections = view.getUint32(8, true);
  let offset = 12;
  for (let section = 0; section < sections && offset + 12 <= file.length; section++) {
    const type = view.getUint32(offset, true);
    const size = Number(view.getBigUint64(offset + 4, true));
    if (type === HEADER_SECTION && size >= 64) {
      const fieldBytes = view.getUint32(offset + 12, true);
      const count = offset + 12 + 4 + fieldBytes + BYTES_BEFORE_COUNT;
      if (count + 4 > file.length) break;
      return view.getUint32(count, true);
    }
    offset += 12 + size;
  }
  throw new CircuitBuildError("reading the r1cs file", "it has no header");
}
