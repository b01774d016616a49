// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {Earnings} from "../contracts/types/Earnings.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Role} from "../contracts/types/Node.sol";
import {Request} from "../contracts/types/Request.sol";
import {deployHistory} from "./support/History.sol";
import {LifecycleFixture} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What requests bring in waits beside the node, until anybody moves it to whom it belongs.
contract InferenceMarketEarningsTest is LifecycleFixture {
    uint32 private constant DRAW_DELAY = 4;
    bytes32 private constant SEED = keccak256("seed");

    /* COLLECT */

    function test_collect() public onEachProvingPath {
        settle();
        vm.expectEmit(address(market));
        emit INodeEarnings.EarningsCollected(NODE, payoutFor(NODE), INFERENCE_SHARE);
        market.collect(NODE);
        vm.assertEq(market.balanceOf(payoutFor(NODE)), INFERENCE_SHARE, "at the payout address");
        vm.assertEq(market.earningsOf(NODE).own, 0, "nothing is left");
        vm.assertEq(market.earningsOf(NODE).pool, VERIFICATION_SHARE, "the pool is not the node's");
    }

    /// @dev Where the payout address is when it is asked for, so that a lost one loses nothing.
    function test_collect_toTheNewPayoutAddress() public {
        path = Evidence.TEE;
        settle();
        vm.prank(NODE);
        registry.setPayout(CLIENT);
        uint128 before = market.balanceOf(CLIENT);
        market.collect(NODE);
        vm.assertEq(market.balanceOf(CLIENT), before + INFERENCE_SHARE, "the new one");
    }

    function test_RevertWhen_collect_twice() public {
        path = Evidence.TEE;
        settle();
        market.collect(NODE);
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        market.collect(NODE);
    }

    /* POOL */

    function test_payPool() public onEachProvingPath {
        settle();
        uint32 drawBlock = market.earningsOf(NODE).drawBlock;
        vm.assertEq(drawBlock, block.number + DRAW_DELAY, "a later block");
        draw(drawBlock, SEED);
        address checker = market.checkerOf(NODE);
        vm.assertTrue(checker == REGISTRAR || checker == OTHER_REGISTRAR, "a verification node");
        vm.expectEmit(address(market));
        emit INodeEarnings.PoolPaid(NODE, checker, VERIFICATION_SHARE);
        market.payPool(NODE);
        vm.assertEq(market.balanceOf(payoutFor(checker)), VERIFICATION_SHARE, "paid");
        Earnings memory earnings = market.earningsOf(NODE);
        vm.assertEq(earnings.pool + earnings.drawBlock + earnings.drawTime, 0, "empty");
        vm.assertEq(earnings.own, INFERENCE_SHARE, "the node's own is not touched");
    }

    /// @dev Both are drawn, half of the time each, give or take four standard deviations.
    function test_payPool_drawsEverybodyAlike() public {
        path = Evidence.TEE;
        settle();
        uint32 drawBlock = market.earningsOf(NODE).drawBlock;
        uint256 first = 0;
        for (uint256 i = 0; i < 256; ++i) {
            draw(drawBlock, keccak256(abi.encode(i)));
            if (market.checkerOf(NODE) == REGISTRAR) ++first;
        }
        vm.assertGt(first, 96, "often enough");
        vm.assertLt(first, 160, "not too often");
    }

    /// @dev Else whoever dislikes a draw would serve one more request.
    function test_payPool_laterSharesChangeNoDraw() public {
        path = Evidence.TEE;
        settle();
        Earnings memory before = market.earningsOf(NODE);
        pass(10);
        vm.roll(block.number + 2);
        settle();
        Earnings memory earnings = market.earningsOf(NODE);
        vm.assertEq(earnings.pool, 2 * VERIFICATION_SHARE, "both");
        vm.assertEq(earnings.drawBlock, before.drawBlock, "the same block");
        vm.assertEq(earnings.drawTime, before.drawTime, "the same table");
    }

    function test_payPool_drawsNobodyWhoCameLater() public {
        path = Evidence.TEE;
        settle();
        for (uint160 i = 0; i < 30; ++i) registerNode(address(0x8000 + i), Role.VERIFICATION, MIN_STAKE);
        pass(10);
        uint32 drawBlock = market.earningsOf(NODE).drawBlock;
        for (uint256 i = 0; i < 20; ++i) {
            draw(drawBlock, keccak256(abi.encode(i)));
            address checker = market.checkerOf(NODE);
            vm.assertTrue(checker == REGISTRAR || checker == OTHER_REGISTRAR, "there before");
        }
    }

    function test_payPool_missedDrawIsFixedAnew() public {
        path = Evidence.TEE;
        settle();
        deployHistory();
        vm.roll(market.earningsOf(NODE).drawBlock + 8_192);
        vm.assertEq(market.checkerOf(NODE), address(0), "its hash is gone");
        vm.expectEmit(address(market));
        emit INodeEarnings.PoolDrawRenewed(NODE, block.number + DRAW_DELAY);
        market.payPool(NODE);
        Earnings memory earnings = market.earningsOf(NODE);
        vm.assertEq(earnings.pool, VERIFICATION_SHARE, "nothing is lost");
        draw(earnings.drawBlock, SEED);
        market.payPool(NODE);
        vm.assertEq(market.earningsOf(NODE).pool, 0, "paid");
    }

    function test_payPool_waitsForSomebodyEligible() public {
        vm.prank(REGISTRAR);
        registry.retire();
        vm.prank(OTHER_REGISTRAR);
        registry.retire();
        pass(1);
        path = Evidence.ZKML;
        settle();
        draw(market.earningsOf(NODE).drawBlock, SEED);
        market.payPool(NODE);
        vm.assertEq(market.earningsOf(NODE).pool, VERIFICATION_SHARE, "nobody yet");
        address late = makeAccount("late");
        registerNode(late, Role.VERIFICATION, MIN_STAKE);
        deployHistory();
        vm.roll(market.earningsOf(NODE).drawBlock + 8_192);
        pass(1);
        market.payPool(NODE);
        draw(market.earningsOf(NODE).drawBlock, SEED);
        market.payPool(NODE);
        vm.assertEq(market.balanceOf(payoutFor(late)), VERIFICATION_SHARE, "who came");
    }

    function test_RevertWhen_payPool_empty() public {
        expect(abi.encodeWithSelector(INodeEarnings.PoolEmpty.selector, NODE));
        market.payPool(NODE);
    }

    function test_RevertWhen_payPool_beforeItsBlock() public {
        path = Evidence.TEE;
        settle();
        uint32 drawBlock = market.earningsOf(NODE).drawBlock;
        vm.roll(drawBlock);
        expect(abi.encodeWithSelector(INodeEarnings.PoolDrawPending.selector, NODE, drawBlock));
        market.payPool(NODE);
    }

    function settle() private returns (Request memory request) {
        request = requestOn(path);
        answer(request, path);
    }

    function draw(uint32 drawBlock, bytes32 hash) private {
        vm.roll(drawBlock + 1);
        vm.setBlockhash(drawBlock, hash);
    }
}
