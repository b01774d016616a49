// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {INodeEarnings} from "../interfaces/INodeEarnings.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {Earnings} from "../types/Earnings.sol";

/// @title NodeEarnings
/// @notice See `INodeEarnings`. Heirs say how an account is credited.
abstract contract NodeEarnings is INodeEarnings, ReentrancyGuardTransient {
    /// @dev After the first share's block: a proposer could choose between a hash and the next only by giving up its block.
    uint32 private constant DRAW_DELAY = 4;

    address public immutable nodeRegistry;

    mapping(address node => Earnings) private _earnings;

    constructor(address nodeRegistry_) {
        nodeRegistry = nodeRegistry_;
    }

    /// @inheritdoc INodeEarnings
    function collect(address node) external nonReentrant {
        uint128 amount = _earnings[node].own;
        if (amount == 0) revert AmountZero();
        address payout = INodeRegistry(nodeRegistry).payoutOf(node);

        _earnings[node].own = 0;
        emit EarningsCollected(node, payout, amount);
        _creditAccount(payout, amount);
    }

    /// @inheritdoc INodeEarnings
    function payPool(address node) external nonReentrant {
        Earnings memory earnings = _earnings[node];
        if (earnings.pool == 0) revert PoolEmpty(node);
        if (block.number <= earnings.drawBlock) revert PoolDrawPending(node, earnings.drawBlock);

        address checker = checkerOf(node);
        if (checker == address(0)) {
            _fixDraw(earnings);
            _earnings[node] = earnings;
            emit PoolDrawRenewed(node, earnings.drawBlock);
            return;
        }
        _earnings[node] = Earnings(earnings.own, 0, 0, 0);
        emit PoolPaid(node, checker, earnings.pool);
        _creditAccount(INodeRegistry(nodeRegistry).payoutOf(checker), earnings.pool);
    }

    /// @inheritdoc INodeEarnings
    function checkerOf(address node) public view returns (address) {
        Earnings memory earnings = _earnings[node];
        if (earnings.pool == 0 || block.number <= earnings.drawBlock) return address(0);
        bytes32 seed = Blockhash.blockHash(earnings.drawBlock);
        if (seed == 0) return address(0);

        INodeRegistry registry = INodeRegistry(nodeRegistry);
        address[] memory excluded = new address[](1);
        excluded[0] = registry.operatorOf(node);
        bytes32 own = keccak256(abi.encode(seed, node));
        address[] memory drawn = registry.drawVerifiers(own, 1, earnings.drawTime, excluded);
        return drawn.length == 0 ? address(0) : drawn[0];
    }

    /// @inheritdoc INodeEarnings
    function earningsOf(address node) external view returns (Earnings memory) {
        return _earnings[node];
    }

    /// @dev Adds what one or many requests brought.
    function _earn(address node, uint128 own, uint128 pool) internal {
        Earnings storage stored = _earnings[node];
        // In memory, so that it is one write.
        Earnings memory earnings = stored;
        if (pool != 0 && earnings.pool == 0) _fixDraw(earnings);
        earnings.own = SafeCast.toUint96(uint256(earnings.own) + own);
        earnings.pool = SafeCast.toUint96(uint256(earnings.pool) + pool);
        stored.write(earnings);
    }

    function _fixDraw(Earnings memory earnings) private view {
        // The casts are exact until 2106, and for more blocks than that.
        earnings.drawBlock = uint32(block.number) + DRAW_DELAY;
        earnings.drawTime = uint32(block.timestamp);
    }

    /// @dev Adds to the balance of an account in the market's ledger.
    function _creditAccount(address account, uint128 amount) internal virtual;
}
