// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Header, Part} from "../types/Batch.sol";
import {Evidence} from "../types/Evidence.sol";
import {Terms} from "../types/Model.sol";
import {Entry, Opening, Receipt} from "../types/Receipt.sol";
import {FeeSplit} from "./FeeSplit.sol";

/// @title The tree of a batch's receipts
library Receipts {
    /// @notice Whether the tree has the receipt at its position.
    /// @dev A position says at each level which side the leaf is on. OpenZeppelin's trees sort each pair instead, so a proof there
    /// shows that a leaf exists and not where. The tree is filled with zeros up to a power of two; a leaf's encoding is longer
    /// than a pair, so neither passes for the other.
    function contains(Header calldata header, Opening calldata opening) internal pure returns (bool) {
        uint256 position = opening.position;
        if (position >= header.count || opening.proof.length != depthOf(header.count)) return false;

        bytes32 node = keccak256(abi.encode(opening.receipt));
        for (uint256 level = 0; level < opening.proof.length; ++level) {
            bytes32 sibling = opening.proof[level];
            node =
                (position >> level) & 1 == 0
                    ? keccak256(abi.encode(node, sibling))
                    : keccak256(abi.encode(sibling, node));
        }
        return node == header.root;
    }

    /// @notice Levels above the leaves of a tree of `count`.
    function depthOf(uint256 count) internal pure returns (uint256 depth) {
        while (1 << depth < count) ++depth;
    }

    /// @notice The hash of the parts up to and with this one.
    function chained(bytes32 hash, Part memory part) internal pure returns (bytes32) {
        return keccak256(abi.encode(hash, part));
    }

    /// @notice What the receipt adds to the totals.
    function entryOf(Receipt calldata receipt, Terms memory terms) internal pure returns (Entry memory entry) {
        entry.client = receipt.request.client;
        entry.charge = FeeSplit.feeOf(receipt.units, receipt.request.unitPrice, receipt.request.maxFee);
        entry.value = receipt.request.declaredValue;
        entry.proven = receipt.kind != Evidence.VANILLA;
        if (!entry.proven) entry.bond = terms.bond + entry.value;
    }
}
