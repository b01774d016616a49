// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EvidenceSet} from "./Evidence.sol";

/// @notice What a client orders and pays for. Its EIP-712 digest is the request id; contracts store only what changes,
/// so every call about a request carries the request.
struct Request {
    address client; // pays, and is refunded
    address node; // the inference node that must serve it; zero: the first to accept
    bytes32 modelId; // a pinned model version
    bytes32 inputCommitment; // by the model's commitment scheme
    bytes32 dataCommitment; // outside data the input was built from; zero: none
    address dataNode; // who is paid for that data; zero exactly when there is none
    EvidenceSet requiredEvidence; // subset of {ZKML, TEE}; empty: an unchallenged claim suffices
    uint128 maxFee; // token units in escrow
    uint128 unitPrice; // token units per metered unit
    uint128 declaredValue; // token units that consumers may rely on; added to the node's bond
    uint40 deliverBy; // unix seconds: a result comes before
    uint40 proveBy; // unix seconds: required evidence comes before
    uint40 refundAfter; // unix seconds: by then anyone can bring the request to an end
    address consumer; // called back when final; zero: nobody
    uint32 callbackGas; // gas units for that call
    uint64 nonce; // chosen by the client, so that equal orders differ
}

/// @notice EIP-712 struct hash of a request.
/// @dev Takes the words as they came, because encoding them field by field costs more gas. A word with dirty upper bits
/// makes an id that no other encoding of a request has, and reverts where the field is read.
function structHashOf(Request calldata request) pure returns (bytes32 hash) {
    bytes32 typeHash = REQUEST_TYPEHASH;
    assembly ("memory-safe") {
        let words := mload(0x40)
        mstore(words, typeHash)
        calldatacopy(add(words, 32), request, 512)
        hash := keccak256(words, 544)
    }
}

/// @dev EIP-712 type of `Request`; all fields are single words, so the struct hash is the hash of their encoding.
bytes32 constant REQUEST_TYPEHASH = keccak256(
    "Request(address client,address node,bytes32 modelId,bytes32 inputCommitment,bytes32 dataCommitment,address dataNode,uint8 requiredEvidence,uint128 maxFee,uint128 unitPrice,uint128 declaredValue,uint40 deliverBy,uint40 proveBy,uint40 refundAfter,address consumer,uint32 callbackGas,uint64 nonce)"
);
