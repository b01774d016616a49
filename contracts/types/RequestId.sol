// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The EIP-712 digest of a request. It commits to chain and market, and names everything about the request:
/// payment, result, evidence, dispute and payout.
type RequestId is bytes32;

using {equals as ==, differs as !=} for RequestId global;

function equals(RequestId a, RequestId b) pure returns (bool) {
    return RequestId.unwrap(a) == RequestId.unwrap(b);
}

function differs(RequestId a, RequestId b) pure returns (bool) {
    return RequestId.unwrap(a) != RequestId.unwrap(b);
}
