// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title Trees whose pairs are sorted, as OpenZeppelin's `MerkleProof` verifies them
library SortedTree {
    /// @notice Root of the tree over the first `leaves` of `nodes`, which has room for all its nodes: twice as many, less one.
    function rootOf(bytes32[] memory nodes, uint256 leaves) internal pure returns (bytes32) {
        unchecked {
            // As many nodes as are in memory do not fill a word.
            for (uint256 i = 0; i + 1 < leaves; ++i) {
                nodes[leaves + i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
            }
            return nodes[2 * leaves - 2];
        }
    }
}
