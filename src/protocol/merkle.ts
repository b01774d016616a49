// SPDX-License-Identifier: MIT
// As contracts/OrderSettler.sol makes it. The library of the contracts' authors would bring 27 packages for these lines.
import { concat, keccak256 } from "viem";

import type { Hex32 } from "./ids.ts";

/** Every node of the tree: leaves first, then each pair's parent; the last is the root. */
function treeOf(leaves: readonly Hex32[]): Hex32[] {
  if (leaves.length === 0) throw new RangeError("a tree has a leaf at least");
  const nodes = [...leaves];
  for (let child = 0; nodes.length < 2 * leaves.length - 1; child += 2) {
    nodes.push(parentOf(nodes[child] as Hex32, nodes[child + 1] as Hex32));
  }
  return nodes;
}

const parentOf = (a: Hex32, b: Hex32): Hex32 => keccak256(concat(a < b ? [a, b] : [b, a]));

/** Root of the tree over these leaves, in this order. */
export function merkleRoot(leaves: readonly Hex32[]): Hex32 {
  return treeOf(leaves).at(-1) as Hex32;
}

/** What leads from a leaf to the root: OpenZeppelin's `MerkleProof` verifies it. */
export function merkleProof(leaves: readonly Hex32[], index: number): Hex32[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError(`no leaf ${index}`);
  const nodes = treeOf(leaves);
  const proof: Hex32[] = [];
  for (let place = index; place < nodes.length - 1; place = leaves.length + (place >> 1)) {
    proof.push(nodes[place ^ 1] as Hex32);
  }
  return proof;
}

/** The root that a proof leads to from a leaf. */
export function merkleRootFrom(leaf: Hex32, proof: readonly Hex32[]): Hex32 {
  return proof.reduce(parentOf, leaf);
}
