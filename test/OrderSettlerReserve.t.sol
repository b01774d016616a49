// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Order, Reservation} from "../contracts/types/Order.sol";
import {OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Money on its way in and out of the settler. See OrderSettler.tree.
contract OrderSettlerReserveTest is OrderFixture {
    uint40 private _until;
    uint256 private _renewed; // enclaves

    function setUp() public override {
        super.setUp();
        _until = time() + 1 days;
    }

    /* RESERVE */

    function test_reserve() public {
        uint128 balance = market.balanceOf(CLIENT);
        vm.expectEmit(address(settler));
        emit IOrderSettler.Reserved(CLIENT, RIVAL, 500, _until, SIGNER);
        reserveAs(RIVAL, 500, _until, SIGNER);
        assertReservation(RIVAL, SIGNER, 500, _until);
        vm.assertEq(market.balanceOf(CLIENT), balance - 500, "debited");
        vm.assertEq(market.balanceOf(address(settler)), RESERVED + 500, "held by the settler");
    }

    function test_reserve_more() public {
        reserveAs(RIVAL, 500, _until, SIGNER);
        reserveAs(RIVAL, 200, _until, SIGNER);
        assertReservation(RIVAL, SIGNER, 700, _until);
        reserveAs(RIVAL, 1, _until + 1, SIGNER);
        assertReservation(RIVAL, SIGNER, 701, _until + 1);
    }

    /// @dev Each signer has a reservation of its own.
    function test_reserve_underTwoSigners() public {
        reserveAs(NODE, 500, _until + 1, STRANGER);
        assertReservation(NODE, STRANGER, 500, _until + 1);
        assertReservation(NODE, SIGNER, RESERVED, START + 1 days);
    }

    function test_reserve_keepsTheFlags() public {
        Order memory order = orderOn(Evidence.TEE);
        bytes memory evidence = evidenceOf(order);
        settle(order, evidence);
        uint80 used = reservation().used;
        vm.warp(reservation().until + 1);
        reserveAs(NODE, 500, time() + 1, SIGNER);
        vm.assertEq(reservation().used, used, "the same flags");
    }

    function test_RevertWhen_reserve_nothingOrForNobody() public {
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        reserveAs(RIVAL, 0, _until, SIGNER);
        expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, address(0)));
        reserveAs(address(0), 1, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.AccountZero.selector));
        reserveAs(RIVAL, 1, _until, address(0));
    }

    function test_RevertWhen_reserve_whilePaused() public {
        market.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        reserveAs(RIVAL, 1, _until, SIGNER);
    }

    /// @dev I23: the same money is not promised twice.
    function test_RevertWhen_reserve_moreThanTheBalance() public {
        // The cast is exact: the balance is far below.
        uint96 balance = uint96(market.balanceOf(CLIENT));
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, balance, balance + 1));
        reserveAs(RIVAL, balance + 1, _until, SIGNER);
        reserveAs(RIVAL, balance, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, 0, 1));
        reserveAs(NODE, 1, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, 0, 1));
        vm.prank(CLIENT);
        market.withdraw(CLIENT, 1);
    }

    function test_RevertWhen_reserve_moreThanFits() public {
        fund(CLIENT, type(uint96).max);
        reserveAs(RIVAL, type(uint96).max, _until, SIGNER);
        expect(abi.encodeWithSignature("Panic(uint256)", 0x11));
        reserveAs(RIVAL, 1, _until, SIGNER);
    }

    function test_RevertWhen_reserve_dateIsNotInTheFuture() public {
        uint40[3] memory dates = [0, time() - 1, time()];
        for (uint256 i = 0; i < dates.length; ++i) {
            expectDateInvalid(dates[i], time() + 1);
            reserveAs(RIVAL, 1, dates[i], SIGNER);
        }
        reserveAs(RIVAL, 1, time() + 1, SIGNER);
    }

    /// @dev Adding the longest order to it must not overflow, or nothing could be released.
    function test_reserve_theLatestDate() public {
        uint40 latest = type(uint40).max - LONGEST_ORDER;
        expectDateInvalid(latest + 1, time() + 1);
        reserveAs(RIVAL, 1, latest + 1, SIGNER);
        reserveAs(RIVAL, 1, latest, SIGNER);
        expectActive(RIVAL, type(uint40).max);
        release(RIVAL, SIGNER);
    }

    /// @dev Unlike the market's, also when nothing is left: its flags are still there.
    function test_RevertWhen_reserve_dateMovesEarlier() public {
        uint40 until = reservation().until;
        expectDateInvalid(until - 1, until);
        reserveAs(NODE, 1, until - 1, SIGNER);
        reserveAs(NODE, 1, until, SIGNER);
    }

    /* RELEASE */

    function test_release() public {
        reserveAs(RIVAL, 500, _until, SIGNER);
        uint128 balance = market.balanceOf(CLIENT);
        uint40 releasableAt = _until + LONGEST_ORDER;
        vm.warp(releasableAt - 1);
        expectActive(RIVAL, releasableAt);
        release(RIVAL, SIGNER);

        vm.warp(releasableAt);
        vm.expectEmit(address(settler));
        emit IOrderSettler.Released(CLIENT, RIVAL, 500, SIGNER);
        release(RIVAL, SIGNER);
        vm.assertEq(market.balanceOf(CLIENT), balance + 500, "back in the balance");
        vm.assertEq(market.balanceOf(address(settler)), RESERVED, "no more held");
        assertReservation(RIVAL, SIGNER, 0, 0);
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        release(RIVAL, SIGNER);
    }

    function test_release_whilePaused() public {
        vm.warp(reservation().until + LONGEST_ORDER + 1);
        market.pause();
        release(NODE, SIGNER);
        assertReservation(NODE, SIGNER, 0, 0);
    }

    function test_release_leavesThatOfAnotherSigner() public {
        reserveAs(NODE, 500, _until + 1, STRANGER);
        vm.warp(_until + LONGEST_ORDER);
        release(NODE, SIGNER);
        assertReservation(NODE, STRANGER, 500, _until + 1);
        expectActive(NODE, _until + 1 + LONGEST_ORDER);
        release(NODE, STRANGER);
    }

    /// @dev I15: neither the node nor the signer nor a stranger can release it.
    function test_RevertWhen_release_byAnybodyElse() public {
        vm.warp(reservation().until + LONGEST_ORDER);
        address[3] memory others = [NODE, SIGNER, STRANGER];
        for (uint256 i = 0; i < others.length; ++i) {
            expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
            vm.prank(others[i]);
            settler.release(NODE, SIGNER);
        }
    }

    /// @dev Every order that fits the reservation ends before it can be released.
    function test_release_isAfterTheLastOrder() public onEachPath {
        Order memory order = orderOn(path);
        order.request.deliverBy = reservation().until + LONGEST_ORDER;
        order.request.proveBy = order.request.deliverBy + 1;
        order.request.refundAfter = order.request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        sign(order, SIGNER_KEY);
        vm.warp(order.request.deliverBy - 1);
        if (path == Evidence.TEE) admitAnew();
        expectActive(NODE, order.request.deliverBy);
        release(NODE, SIGNER);
        bytes memory evidence = evidenceOf(order);
        uint256 snapshot = vm.snapshotState();
        settle(order, evidence);
        vm.revertToState(snapshot);

        vm.warp(order.request.deliverBy);
        expectPassed(order.request.deliverBy);
        settle(order, evidence);
        release(NODE, SIGNER);
    }

    /* EARNINGS */

    function test_collect() public onEachProvingPath {
        settle(orderOn(path));
        address[2] memory earners = [NODE, DATA_NODE];
        uint128[2] memory shares = [INFERENCE_SHARE, DATA_SHARE];
        for (uint256 i = 0; i < 2; ++i) {
            uint128 held = market.balanceOf(address(settler));
            vm.expectEmit(address(settler));
            emit INodeEarnings.EarningsCollected(earners[i], payoutFor(earners[i]), shares[i]);
            settler.collect(earners[i]);
            vm.assertEq(market.balanceOf(payoutFor(earners[i])), shares[i], on(path, "at the payout address"));
            vm.assertEq(market.balanceOf(address(settler)), held - shares[i], on(path, "no more held"));
            expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
            settler.collect(earners[i]);
        }
        vm.assertEq(settler.earningsOf(NODE).pool, VERIFICATION_SHARE, on(path, "the pool is not the node's"));
    }

    /// @dev The settler's ledger is its own.
    function test_collect_leavesTheMarketsEarnings() public {
        path = Evidence.TEE;
        answer(requestOn(path), path);
        settle(orderOn(path));
        settler.collect(NODE);
        vm.assertEq(market.earningsOf(NODE).own, INFERENCE_SHARE, "still there");
    }

    function test_payPool() public onEachProvingPath {
        settle(orderOn(path));
        uint32 drawBlock = settler.earningsOf(NODE).drawBlock;
        vm.roll(drawBlock);
        expect(abi.encodeWithSelector(INodeEarnings.PoolDrawPending.selector, NODE, drawBlock));
        settler.payPool(NODE);
        vm.roll(drawBlock + 1);
        vm.setBlockhash(drawBlock, keccak256("seed"));
        address checker = settler.checkerOf(NODE);
        vm.assertTrue(checker == REGISTRAR || checker == OTHER_REGISTRAR, "a verification node");
        uint128 held = market.balanceOf(address(settler));
        vm.expectEmit(address(settler));
        emit INodeEarnings.PoolPaid(NODE, checker, VERIFICATION_SHARE);
        settler.payPool(NODE);
        vm.assertEq(market.balanceOf(payoutFor(checker)), VERIFICATION_SHARE, on(path, "paid"));
        vm.assertEq(market.balanceOf(address(settler)), held - VERIFICATION_SHARE, on(path, "no more held"));
        expect(abi.encodeWithSelector(INodeEarnings.PoolEmpty.selector, NODE));
        settler.payPool(NODE);
    }

    /* HELPERS */

    function reserveAs(address node, uint96 amount, uint40 until, address signer) private {
        vm.prank(CLIENT);
        settler.reserve(node, amount, until, signer);
    }

    function release(address node, address signer) private {
        vm.prank(CLIENT);
        settler.release(node, signer);
    }

    /// @dev A day later the enclave has a new document.
    function admitAnew() private {
        ++_renewed;
        admitEnclave(NODE, modelFor[2]);
    }

    function enclaveKeyOf(address node, bytes32 modelId) internal view override returns (uint256) {
        return super.enclaveKeyOf(node, modelId) + _renewed;
    }

    function expectDateInvalid(uint40 until, uint40 earliest) private {
        expect(abi.encodeWithSelector(IOrderSettler.ReservationDateInvalid.selector, until, earliest));
    }

    function expectActive(address node, uint40 releasableAt) private {
        expect(abi.encodeWithSelector(IOrderSettler.ReservationActive.selector, CLIENT, node, releasableAt));
    }

    function assertReservation(address node, address signer, uint96 amount, uint40 until) private view {
        Reservation memory actual = settler.reservationOf(CLIENT, node, signer);
        vm.assertEq(abi.encode(actual), abi.encode(Reservation(amount, until, 0, 0)), "reservation");
    }
}
