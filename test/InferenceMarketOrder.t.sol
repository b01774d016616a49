// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {State} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Signed orders: what draws on a reservation, and what does not. See InferenceMarketOrder.tree.
contract InferenceMarketOrderTest is LifecycleFixture {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function test_fulfilOrder_drawsOnTheReservation() public onEachPath {
        Request memory request = requestOn(path);
        uint128 balance = market.balanceOf(CLIENT);
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestOpened(market.requestId(request), CLIENT, NODE, request);
        answer(request, Evidence.VANILLA, true);
        vm.assertEq(market.reservationOf(CLIENT, NODE).amount, PLENTY / 10 - MAX_FEE, on(path, "drawn"));
        vm.assertEq(market.balanceOf(CLIENT), balance, on(path, "the balance is not touched"));
    }

    /* REPLAYS */

    function test_RevertWhen_order_twice() public onEachPath {
        Request memory request = requestOn(path);
        answer(request, path, true);
        Purses memory before = pursesOf(request);
        bytes memory signature = signatureOf(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expectExists(request);
        vm.prank(NODE);
        market.fulfilOrder(request, signature, resultOf(RIGHT), path, proof);
        assertPurses(request, before, "drawn once");
    }

    function test_RevertWhen_order_thenDirect() public onEachPath {
        Request memory request = requestOn(path);
        answer(request, path, true);
        expectExists(request);
        open(request);
    }

    function test_RevertWhen_direct_thenOrder() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        bytes memory signature = signatureOf(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expectExists(request);
        vm.prank(NODE);
        market.fulfilOrder(request, signature, resultOf(RIGHT), path, proof);
        bring(request, resultOf(RIGHT), path, false);
        vm.assertEq(market.reservationOf(CLIENT, NODE).amount, PLENTY / 10, on(path, "the reservation is not touched"));
    }

    function test_RevertWhen_direct_twice() public onEachPath {
        Request memory request = requestOn(path);
        answer(request, path, false);
        expectExists(request);
        open(request);
    }

    function test_RevertWhen_order_afterRefund() public onEachProvingPath {
        Request memory request = requestOn(path);
        request.deliverBy = time() + 100;
        answer(request, Evidence.VANILLA, true);
        vm.warp(request.proveBy);
        market.refund(request, resultOf(RIGHT));
        bytes memory signature = signatureOf(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        expectExists(request);
        vm.prank(NODE);
        market.fulfilOrder(request, signature, resultOf(RIGHT), path, proof);
    }

    function expectExists(Request memory request) private {
        RequestId id = market.requestId(request);
        expect(abi.encodeWithSelector(IInferenceMarket.RequestExists.selector, id));
    }

    /* RESERVATION */

    function test_RevertWhen_order_exceedsTheReservation() public {
        reserve(RIVAL, 2 * MAX_FEE - 1);
        Request memory first = toRival(MAX_FEE);
        Request memory second = toRival(MAX_FEE);
        bringClaim(first, signatureOf(first));

        bytes memory signature = signatureOf(second);
        expect(
            abi.encodeWithSelector(
                IInferenceMarket.ReservationInsufficient.selector,
                CLIENT,
                RIVAL,
                MAX_FEE - 1,
                MAX_FEE
            )
        );
        bringClaim(second, signature);
        second.maxFee = MAX_FEE - 1;
        bringClaim(second, signatureOf(second));
        vm.assertEq(market.reservationOf(CLIENT, RIVAL).amount, 0, "drawn to the last wei");
    }

    function test_RevertWhen_order_withoutReservation() public {
        Request memory request = toRival(0);
        bytes memory signature = signatureOf(request);
        expect(abi.encodeWithSelector(IInferenceMarket.ReservationTooShort.selector, request.deliverBy, LONGEST_ORDER));
        bringClaim(request, signature);
    }

    function test_RevertWhen_order_outlastsTheReservation() public {
        reserve(RIVAL, MAX_FEE);
        uint40 latest = time() + 1 days + LONGEST_ORDER;
        Request memory request = toRival(MAX_FEE);
        request.deliverBy = latest + 1;
        request.proveBy = latest + 2;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        bytes memory signature = signatureOf(request);
        expect(abi.encodeWithSelector(IInferenceMarket.ReservationTooShort.selector, latest + 1, latest));
        bringClaim(request, signature);
        request.deliverBy = latest;
        bringClaim(request, signatureOf(request));
    }

    /// @dev What is reserved for one node is no other's.
    function test_RevertWhen_order_ofAnotherNodesReservation() public {
        Request memory request = toRival(MAX_FEE);
        bytes memory signature = signatureOf(request);
        vm.expectPartialRevert(IInferenceMarket.ReservationTooShort.selector);
        bringClaim(request, signature);
    }

    /// @dev Nor does an order without a node find one.
    function test_RevertWhen_order_namesNobody() public {
        Request memory request = unnamedOn(Evidence.ZKML);
        bytes memory signature = signatureOf(request);
        bytes memory proof = realEvidence(Evidence.ZKML, request, resultOf(RIGHT));
        vm.expectPartialRevert(IInferenceMarket.ReservationTooShort.selector);
        vm.prank(NODE);
        market.fulfilOrder(request, signature, resultOf(RIGHT), Evidence.ZKML, proof);
    }

    function test_RevertWhen_order_afterRelease() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.deliverBy = time() + 1 days + LONGEST_ORDER;
        request.proveBy = request.deliverBy + 1;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        bytes memory signature = signatureOf(request);
        vm.warp(request.deliverBy);
        vm.prank(CLIENT);
        market.release(NODE);
        vm.expectPartialRevert(IInferenceMarket.ReservationTooShort.selector);
        vm.prank(NODE);
        market.fulfilOrder(request, signature, resultOf(RIGHT), Evidence.VANILLA, "");
    }

    /// @dev A refunded order returns to the balance: the reservation's promise to the node was kept.
    function test_order_refundGoesToTheBalance() public {
        Request memory request = requestOn(Evidence.ZKML);
        uint128 balance = market.balanceOf(CLIENT);
        answer(request, Evidence.VANILLA, true);
        vm.warp(request.proveBy);
        market.refund(request, resultOf(RIGHT));
        vm.assertEq(market.balanceOf(CLIENT), balance + MAX_FEE, "balance");
        vm.assertEq(market.reservationOf(CLIENT, NODE).amount, PLENTY / 10 - MAX_FEE, "reservation");
    }

    /* SIGNATURE */

    function test_RevertWhen_order_signedBySomebodyElse() public {
        uint256[3] memory keys = [uint256(1), uint256(keccak256("thief")) >> 1, enclaveKeyOf(NODE, modelFor[2])];
        Request memory request = requestOn(Evidence.VANILLA);
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes memory signature = signatureBy(keys[i], RequestId.unwrap(market.requestId(request)));
            expectSigner(vm.addr(keys[i]));
            fulfilAsNode(request, signature);
        }
    }

    /// @dev Cases 26 and 29: only the 65-byte form with the low s.
    function test_RevertWhen_order_signatureHasAnotherForm() public {
        Request memory request = requestOn(Evidence.VANILLA);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SIGNER_KEY, RequestId.unwrap(market.requestId(request)));
        vm.assertLe(uint256(s), HALF_ORDER, "the genuine one is low");
        bytes[6] memory twins = [
            abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255))),
            abi.encodePacked(r, s, v - 27),
            abi.encodePacked(r, s, v, uint8(0)),
            bytes(""),
            new bytes(65)
        ];
        for (uint256 i = 0; i < twins.length; ++i) {
            expectSigner(address(0));
            fulfilAsNode(request, twins[i]);
        }
        fulfilAsNode(request, abi.encodePacked(r, s, v));
    }

    /// @dev The raw digest must be signed, not its "Ethereum signed message".
    function test_RevertWhen_order_signedAsMessage() public {
        Request memory request = requestOn(Evidence.VANILLA);
        bytes32 message = keccak256(
            abi.encodePacked("\x19Ethereum Signed Message:\n32", RequestId.unwrap(market.requestId(request)))
        );
        bytes memory signature = signatureBy(SIGNER_KEY, message);
        vm.expectPartialRevert(IInferenceMarket.OrderSignatureInvalid.selector);
        fulfilAsNode(request, signature);
    }

    function expectSigner(address signer) private {
        expect(abi.encodeWithSelector(IInferenceMarket.OrderSignatureInvalid.selector, signer, SIGNER));
    }

    /* CASE 11: a bad order among good ones hurts nobody else */

    function test_order_refusedOneLeavesOthers() public onEachProvingPath {
        Request memory good = requestOn(path);
        Request memory bad = requestOn(path);
        Purses memory before = pursesOf(good);
        bytes memory signature = signatureOf(good);
        bytes memory proof = realEvidence(path, bad, resultOf(RIGHT));
        vm.expectPartialRevert(IInferenceMarket.OrderSignatureInvalid.selector);
        vm.prank(NODE);
        market.fulfilOrder(bad, signature, resultOf(RIGHT), path, proof);
        answer(good, path, true);
        assertPaid(good, before, "paid");
        assertState(bad, State.NONE, on(path, "refused"));
    }

    /* HELPERS */

    function toRival(uint128 maxFee) private returns (Request memory request) {
        request = requestOn(Evidence.VANILLA);
        request.node = RIVAL;
        request.maxFee = maxFee;
    }

    function bringClaim(Request memory request, bytes memory signature) private {
        vm.prank(RIVAL);
        market.fulfilOrder(request, signature, Result(RIGHT, UNITS, RIVAL), Evidence.VANILLA, "");
    }

    function fulfilAsNode(Request memory request, bytes memory signature) private {
        vm.prank(NODE);
        market.fulfilOrder(request, signature, resultOf(RIGHT), Evidence.VANILLA, "");
    }
}
