// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice An address has exactly one role.
enum Role {
    NONE,
    INFERENCE,
    VERIFICATION,
    DATA
}

/// @notice A registered node.
struct Node {
    // slot 0
    address operator; // who runs it; may run several nodes
    Role role;
    uint40 since; // unix seconds: registered
    uint40 retiredAt; // unix seconds: retired; zero while active
    // slot 1
    address payout; // where its earnings are credited
    uint32 seat; // its place in the draw table of verification nodes
    uint40 unbondedAt; // unix seconds: when `unbonding` may be withdrawn
    // slot 2
    uint128 stake; // token units, free of models
    uint128 unbonding; // token units, leaving but slashable
}

/// @notice What a node can lose on one model version.
struct ModelStake {
    uint128 opted; // token units the node put at risk for this version
    uint128 locked; // token units of it that back open requests
}
