// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The price of a result and its exact division
library FeeSplit {
    uint256 internal constant BPS = 10_000;

    /// @notice units x unitPrice, at most `maxFee`; token units.
    function feeOf(uint40 units, uint128 unitPrice, uint128 maxFee) internal pure returns (uint128) {
        // 40 + 128 bits do not overflow a word.
        uint256 metered = uint256(units) * unitPrice;
        // The cast is exact: the smaller of the two is at most maxFee.
        return metered < maxFee ? uint128(metered) : maxFee;
    }

    /// @notice `amount` x `bps` / 10,000, rounded down.
    function shareDown(uint128 amount, uint16 bps) internal pure returns (uint128) {
        // The cast is exact: bps is at most 10,000, so the share is at most the amount.
        return uint128((uint256(amount) * bps) / BPS);
    }
}
