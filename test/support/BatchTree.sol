// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {Part} from "../../contracts/types/Batch.sol";
import {Receipt} from "../../contracts/types/Receipt.sol";

// The tree of receipts, as a node makes it: positional, filled with zeros up to a power of two.

function rootOf(Receipt[] memory receipts) pure returns (bytes32) {
    bytes32[] memory layer = leavesOf(receipts);
    while (layer.length > 1) layer = above(layer);
    return layer[0];
}

function pathOf(Receipt[] memory receipts, uint256 position) pure returns (bytes32[] memory proof) {
    bytes32[] memory layer = leavesOf(receipts);
    uint256 depth;
    while (1 << depth < layer.length) ++depth;
    proof = new bytes32[](depth);
    for (uint256 level = 0; level < depth; ++level) {
        proof[level] = layer[position ^ 1];
        layer = above(layer);
        position /= 2;
    }
}

function leavesOf(Receipt[] memory receipts) pure returns (bytes32[] memory leaves) {
    uint256 width = 1;
    while (width < receipts.length) width *= 2;
    leaves = new bytes32[](width);
    for (uint256 i = 0; i < receipts.length; ++i) leaves[i] = keccak256(abi.encode(receipts[i]));
}

function above(bytes32[] memory layer) pure returns (bytes32[] memory upper) {
    upper = new bytes32[](layer.length / 2);
    for (uint256 i = 0; i < upper.length; ++i) upper[i] = keccak256(abi.encode(layer[2 * i], layer[2 * i + 1]));
}

// The tree of parts: leaves first, then each pair's parent.

function partsRootOf(Part[] memory parts) pure returns (bytes32) {
    bytes32[] memory nodes = nodesOf(parts);
    return nodes[nodes.length - 1];
}

function partProofOf(Part[] memory parts, uint256 index) pure returns (bytes32[] memory proof) {
    bytes32[] memory nodes = nodesOf(parts);
    bytes32[] memory list = new bytes32[](nodes.length);
    uint256 length;
    for (uint256 i = index; i + 1 < nodes.length; i = parts.length + i / 2) list[length++] = nodes[i ^ 1];
    proof = new bytes32[](length);
    for (uint256 i = 0; i < length; ++i) proof[i] = list[i];
}

function nodesOf(Part[] memory parts) pure returns (bytes32[] memory nodes) {
    nodes = new bytes32[](2 * parts.length - 1);
    for (uint256 i = 0; i < parts.length; ++i) nodes[i] = keccak256(abi.encode(parts[i]));
    for (uint256 i = parts.length; i < nodes.length; ++i) {
        uint256 left = 2 * (i - parts.length);
        nodes[i] = Hashes.commutativeKeccak256(nodes[left], nodes[left + 1]);
    }
}
