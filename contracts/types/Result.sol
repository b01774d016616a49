// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RequestId} from "./RequestId.sol";

/// @notice A node's answer to one request.
struct Result {
    bytes32 outputCommitment; // keccak256 of the output bytes
    uint40 units; // metered units; fee = units x unitPrice, at most maxFee
    address node; // who will be paid
}

/// @dev What the market stores of a result. Only its node could look for another result with this hash, at a cost of 2^104.
function subjectOf(Result memory result) pure returns (bytes26) {
    return bytes26(keccak256(abi.encode(result)));
}

/// @dev EIP-712 type of a result. The request id commits to chain, market, model, input and data, so evidence over this
/// digest is bound to all of them. An enclave signs the digest; a proof takes its upper 248 bits as public input.
bytes32 constant RESULT_TYPEHASH =
    keccak256("Result(bytes32 requestId,bytes32 outputCommitment,uint40 units,address node)");

/// @dev Type of several results, for one signature over all of them. Without a domain: each digest has its own.
bytes32 constant RESULTS_TYPEHASH = keccak256("Results(bytes32[] digests)");

/// @dev What an enclave signs for several results, in this order.
function resultsDigest(bytes32[] memory digests) pure returns (bytes32) {
    return keccak256(abi.encode(RESULTS_TYPEHASH, keccak256(abi.encodePacked(digests))));
}

/// @notice What a piece of evidence must prove.
struct Statement {
    RequestId id;
    bytes32 resultDigest; // EIP-712 digest of the result
    bytes32 modelId;
    bytes32 inputCommitment;
    Result result;
}
