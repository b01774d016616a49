// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Earnings} from "../types/Earnings.sol";

/// @title What nodes have earned and not yet taken
/// @notice Every contract that settles requests keeps this ledger of its own, so that to settle one is a single write.
interface INodeEarnings {
    event EarningsCollected(address indexed node, address indexed payout, uint128 amount);
    event PoolPaid(address indexed node, address indexed checker, uint128 amount);
    event PoolDrawRenewed(address indexed node, uint256 drawBlock);

    error AmountZero();
    error PoolEmpty(address node);
    error PoolDrawPending(address node, uint256 drawBlock);

    /// @notice Moves what a node earned to the balance of its payout address. Anyone may call it.
    function collect(address node) external;

    /// @notice Pays the verification shares of a node's requests to one verification node of another operator. Anyone may call
    /// it, but the draw is fixed since the first of these shares: by the hash of a later block, among those who had a seat.
    /// @dev A draw that nobody called within 8,191 blocks, or that found nobody, is fixed anew.
    function payPool(address node) external;

    function earningsOf(address node) external view returns (Earnings memory);

    /// @notice Who `payPool` would pay now; zero if nobody.
    function checkerOf(address node) external view returns (address);

    function nodeRegistry() external view returns (address);
}
