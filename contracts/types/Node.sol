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
    // slot 0: all that a draw reads. An amount of 88 bits is 309 million tokens of 18 decimals.
    address operator; // who runs it; may run several nodes
    uint88 stake; // token units, free of models
    bool isUnbonding; // `unbonding` may be more than zero
    // slot 1
    address payout; // where its earnings are credited
    Role role;
    uint40 since; // unix seconds: registered
    uint40 retiredAt; // unix seconds: retired; zero while active
    // slot 2
    uint128 unbonding; // token units, leaving but slashable
    uint40 unbondedAt; // unix seconds: when `unbonding` may be withdrawn
    uint32 seat; // its place in the draw table of verification nodes
}

/// @notice What a node can lose on one model version.
struct ModelStake {
    uint128 opted; // token units the node put at risk for this version
    uint128 locked; // token units of it that back open requests
}

/// @notice What a fault costs whom, and who gets it.
struct Penalty {
    address node;
    bytes32 modelId;
    uint128 bond; // token units of what the node has locked for the model
    uint128 bondKept; // token units of the bond that are not burned
    address[] signers; // who said that there was no fault
    uint128 each; // token units that each of them loses, as far as it has them
    uint128 eachKept; // token units of these that are not burned
    address injured; // is made whole first
    uint128 owed; // token units to the injured
    address finder; // gets the rest of what is not burned
}
