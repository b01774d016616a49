// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {Header, Place} from "../types/Batch.sol";
import {Evidence} from "../types/Evidence.sol";
import {Entry, Opening, Receipt} from "../types/Receipt.sol";
import {FeeSplit} from "./FeeSplit.sol";

/// @title The trees of a batch
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
                    ? Hashes.efficientKeccak256(node, sibling)
                    : Hashes.efficientKeccak256(sibling, node);
        }
        return node == header.root;
    }

    /// @notice Levels above the leaves of a tree of `count`.
    function depthOf(uint256 count) internal pure returns (uint256 depth) {
        while (1 << depth < count) ++depth;
    }

    /// @notice Whether the tree of parts has the part.
    function contains(Header calldata header, Place calldata place) internal pure returns (bool) {
        return MerkleProof.verifyCalldata(place.proof, header.partsRoot, keccak256(abi.encode(place.part)));
    }

    /// @notice What the receipt adds to the totals.
    function entryOf(Receipt calldata receipt) internal pure returns (Entry memory) {
        return
            Entry({
                charge: FeeSplit.feeOf(receipt.units, receipt.request.unitPrice, receipt.request.maxFee),
                value: receipt.request.declaredValue,
                proven: receipt.kind != Evidence.VANILLA
            });
    }
}
