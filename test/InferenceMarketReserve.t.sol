// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket, Reservation} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {Result} from "../contracts/types/Result.sol";
import {LifecycleFixture} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Money set aside for one node. See InferenceMarketReserve.tree.
contract InferenceMarketReserveTest is LifecycleFixture {
    uint40 private _until;

    function setUp() public override {
        super.setUp();
        _until = time() + 1 days;
    }

    /* RESERVE */

    function test_reserve() public {
        uint128 balance = market.balanceOf(CLIENT);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Reserved(CLIENT, RIVAL, 500, _until, SIGNER);
        reserveAs(RIVAL, 500, _until, SIGNER);
        assertReservation(RIVAL, 500, _until, SIGNER);
        vm.assertEq(market.balanceOf(CLIENT), balance - 500, "debited");
    }

    function test_reserve_more() public {
        reserveAs(RIVAL, 500, _until, SIGNER);
        reserveAs(RIVAL, 200, _until, SIGNER);
        assertReservation(RIVAL, 700, _until, SIGNER);
        reserveAs(RIVAL, 1, _until + 1, SIGNER);
        assertReservation(RIVAL, 701, _until + 1, SIGNER);
    }

    function test_RevertWhen_reserve_nothingOrForNobody() public {
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        reserveAs(RIVAL, 0, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.AccountZero.selector));
        reserveAs(address(0), 1, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.AccountZero.selector));
        reserveAs(RIVAL, 1, _until, address(0));
    }

    /// @dev I23: the same money is not promised twice.
    function test_RevertWhen_reserve_moreThanTheBalance() public {
        uint128 balance = market.balanceOf(CLIENT);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, balance, balance + 1));
        reserveAs(RIVAL, balance + 1, _until, SIGNER);
        reserveAs(RIVAL, balance, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, 0, 1));
        reserveAs(STRANGER, 1, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, 0, 1));
        vm.prank(CLIENT);
        market.withdraw(CLIENT, 1);
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
        release(RIVAL);
    }

    function test_RevertWhen_reserve_dateMovesEarlier() public {
        reserveAs(RIVAL, 1, _until, SIGNER);
        expectDateInvalid(_until - 1, _until);
        reserveAs(RIVAL, 1, _until - 1, SIGNER);
    }

    function test_RevertWhen_reserve_signerChangesWhileMoneyIsThere() public {
        reserveAs(RIVAL, 1, _until, SIGNER);
        expect(abi.encodeWithSelector(IInferenceMarket.ReservationSignerMismatch.selector, STRANGER, SIGNER));
        reserveAs(RIVAL, 1, _until, STRANGER);
    }

    /// @dev Once nothing is left, no promise is broken by a new signer and an earlier date.
    function test_reserve_anewWhenNothingIsLeft() public {
        reserveAs(RIVAL, MAX_FEE, _until, SIGNER);
        Request memory request = requestOn(Evidence.VANILLA);
        request.node = RIVAL;
        bytes memory signature = signatureOf(request);
        vm.prank(RIVAL);
        market.fulfilOrder(request, signature, Result(RIGHT, UNITS, RIVAL), Evidence.VANILLA, "");
        assertReservation(RIVAL, 0, _until, SIGNER);

        reserveAs(RIVAL, 5, _until - 1, STRANGER);
        assertReservation(RIVAL, 5, _until - 1, STRANGER);
    }

    /* RELEASE */

    function test_release() public {
        reserveAs(RIVAL, 500, _until, SIGNER);
        uint128 balance = market.balanceOf(CLIENT);
        uint40 releasableAt = _until + LONGEST_ORDER;
        vm.warp(releasableAt - 1);
        expectActive(RIVAL, releasableAt);
        release(RIVAL);

        vm.warp(releasableAt);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Released(CLIENT, RIVAL, 500);
        release(RIVAL);
        vm.assertEq(market.balanceOf(CLIENT), balance + 500, "back in the balance");
        assertReservation(RIVAL, 0, 0, address(0));
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        release(RIVAL);
    }

    function test_release_whilePaused() public {
        reserveAs(RIVAL, 500, _until, SIGNER);
        vm.warp(_until + LONGEST_ORDER + 1);
        market.pause();
        release(RIVAL);
        assertReservation(RIVAL, 0, 0, address(0));
    }

    function test_RevertWhen_release_nothing() public {
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        release(STRANGER);
    }

    /// @dev I15: neither the node nor a stranger can release it.
    function test_RevertWhen_release_byAnybodyElse() public {
        reserveAs(RIVAL, 500, _until, SIGNER);
        vm.warp(_until + LONGEST_ORDER);
        address[2] memory others = [RIVAL, STRANGER];
        for (uint256 i = 0; i < others.length; ++i) {
            expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
            vm.prank(others[i]);
            market.release(RIVAL);
        }
        assertReservation(RIVAL, 500, _until, SIGNER);
    }

    /// @dev Every order that fits the reservation ends before it can be released.
    function test_release_isAfterTheLastOrder() public {
        reserveAs(RIVAL, MAX_FEE, _until, SIGNER);
        Request memory request = requestOn(Evidence.VANILLA);
        request.node = RIVAL;
        request.deliverBy = _until + LONGEST_ORDER;
        request.proveBy = request.deliverBy + 1;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        bytes memory signature = signatureOf(request);
        vm.warp(request.deliverBy - 1);
        expectActive(RIVAL, request.deliverBy);
        release(RIVAL);
        vm.prank(RIVAL);
        market.fulfilOrder(request, signature, Result(RIGHT, UNITS, RIVAL), Evidence.VANILLA, "");
        vm.warp(request.deliverBy);
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        release(RIVAL);
    }

    /* HELPERS */

    function reserveAs(address node, uint128 amount, uint40 until, address signer) private {
        vm.prank(CLIENT);
        market.reserve(node, amount, until, signer);
    }

    function release(address node) private {
        vm.prank(CLIENT);
        market.release(node);
    }

    function expectDateInvalid(uint40 until, uint40 earliest) private {
        expect(abi.encodeWithSelector(IInferenceMarket.ReservationDateInvalid.selector, until, earliest));
    }

    function expectActive(address node, uint40 releasableAt) private {
        expect(abi.encodeWithSelector(IInferenceMarket.ReservationActive.selector, CLIENT, node, releasableAt));
    }

    function assertReservation(address node, uint128 amount, uint40 until, address signer) private view {
        Reservation memory reservation = market.reservationOf(CLIENT, node);
        vm.assertEq(reservation.amount, amount, "reserved amount");
        vm.assertEq(reservation.until, until, "reserved until");
        vm.assertEq(reservation.signer, signer, "signer");
    }
}
