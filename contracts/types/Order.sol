// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Evidence} from "./Evidence.sol";
import {Request} from "./Request.sol";

/// @notice A request that its client signed, with the node's result.
struct Order {
    Request request;
    // over the request in the settler's domain, as of EIP-2098
    bytes32 r;
    bytes32 vs;
    bytes32 outputCommitment; // keccak256 of the output bytes
    uint40 units; // metered units
    Evidence kind; // of what proves it
}

/// @notice Part of a client's balance set aside for one node's orders under one key. A debit and its replay flag are one write.
struct Reservation {
    uint96 amount; // token units
    uint40 until; // unix seconds
    uint40 first; // the lowest nonce that can still be used
    uint80 used; // bit `i`: nonce `first + i` has been used
}

/// @notice Claims of one node under one root, which become final together.
struct Claims {
    uint96 fee; // token units, of all that are left in it
    uint88 bond; // token units of the node's stake behind them
    uint32 clock; // unix seconds: start of their challenge window
    uint32 count; // how many are left in it
}

/// @dev Nonces that one reservation can tell apart.
uint256 constant NONCE_WINDOW = 80;

using {use, write} for Reservation global;

/// @dev At once: the compiler would write the slot field by field.
function write(Reservation storage self, Reservation memory value) {
    uint256 word = uint256(value.amount) | (uint256(value.until) << 96) | (uint256(value.first) << 136) | (uint256(value.used) << 176);
    assembly ("memory-safe") {
        sstore(self.slot, word)
    }
}

/// @dev Marks a nonce of at most 40 bits as used; false if it was, or was left behind. A nonce above the window moves it up,
/// and those that it leaves behind can no longer be used.
function use(Reservation memory self, uint64 nonce) pure returns (bool) {
    (uint40 first, uint80 used) = (self.first, self.used);
    if (nonce < first) return false;
    uint256 place = nonce - first;
    if (place >= NONCE_WINDOW) {
        uint256 shift = place - NONCE_WINDOW + 1;
        // The cast is exact: the nonce has 40 bits. Shifting by 80 and more leaves nothing.
        self.first = first + uint40(shift);
        used >>= shift;
        place = NONCE_WINDOW - 1;
    }
    uint256 flag = 1 << place;
    if (used & flag != 0) return false;
    // The cast is exact: the place is below 80.
    self.used = uint80(used | flag);
    return true;
}
