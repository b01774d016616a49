// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Claims, Order} from "../contracts/types/Order.sol";
import {Request} from "../contracts/types/Request.sol";
import {Result} from "../contracts/types/Result.sol";
import {Escrow, State} from "../contracts/types/State.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Claims under one root, together to their end or one by itself into the market. What becomes of it there is in
/// OrderSettlerDispute.t.sol. See OrderSettler.tree.
contract OrderSettlerClaimsTest is OrderFixture {
    /* FINALIZE */

    function test_finalizeClaims() public onEachPath {
        Money memory before = moneyNow();
        Order[] memory orders = claimedOn(path, 3);
        uint40 end = time() + CHALLENGE_WINDOW;
        vm.warp(end - 1);
        assertOpen(orders, end);

        vm.warp(end);
        bytes32 root = rootOf(orders);
        vm.expectEmit(address(settler));
        emit IOrderSettler.ClaimsFinal(root, NODE, uint96(3 * FEE));
        finalizeClaims(orders);
        assertPaidTogether(before, 3, "paid once the window has closed");
        assertLocked(orders[0].request.modelId, 0, "unlocked");
        assertUnrecorded(orders[0], "no record");
        assertGone(orders);
    }

    function test_finalizeClaims_ofOne() public {
        Money memory before = moneyNow();
        Order[] memory orders = claimedOn(Evidence.VANILLA, 1);
        pass(CHALLENGE_WINDOW + 1);
        finalizeClaims(orders);
        assertPaidHere(before, "paid");
    }

    function test_finalizeClaims_whilePaused() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 2);
        market.pause();
        pass(CHALLENGE_WINDOW);
        finalizeClaims(orders);
        assertLocked(modelFor[0], 0, "unlocked");
    }

    /// @dev Two roots do not touch each other.
    function test_finalizeClaims_ofOneRootOnly() public {
        Order[] memory first = claimedOn(Evidence.VANILLA, 2);
        pass(1);
        Order[] memory second = claimedOn(Evidence.VANILLA, 3);
        pass(CHALLENGE_WINDOW - 1);
        finalizeClaims(first);
        assertOpen(second, time() + 1);
        assertLocked(modelFor[0], 3 * BOND, "the second waits");
    }

    function test_RevertWhen_finalizeClaims_underAnotherKey() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 2);
        bytes32 root = rootOf(orders);
        pass(CHALLENGE_WINDOW);
        bytes memory unknown = abi.encodeWithSelector(IOrderSettler.ClaimsUnknown.selector, root);
        expect(unknown);
        settler.finalizeClaims(RIVAL, modelFor[0], DATA_NODE, root);
        expect(unknown);
        settler.finalizeClaims(NODE, modelFor[1], DATA_NODE, root);
        expect(unknown);
        settler.finalizeClaims(NODE, modelFor[0], address(0), root);
    }

    /// @dev Nobody could check a claim whose request is in no transaction's own call.
    function test_RevertWhen_claims_areBroughtByContracts() public {
        Order[] memory orders = ordersOn(Evidence.VANILLA, 2);
        bytes memory hidden = abi.encodeWithSelector(IOrderSettler.ClaimHidden.selector, NODE);
        expect(hidden);
        vm.prank(NODE, STRANGER);
        settler.fulfilOrder(orders[0], "");
        expect(hidden);
        vm.prank(NODE, STRANGER);
        settler.fulfilOrders(orders, new bytes[](0), "");

        vm.etch(NODE, hex"ef0100000000000000000000000000000000000000dead"); // a delegation (EIP-7702) calls what it likes
        expect(hidden);
        settle(orders[0], "");
        vm.etch(NODE, "");
        settle(orders[0]);
    }

    /// @dev What its evidence proves needs nobody's check.
    function test_fulfilOrder_byAContract() public onEachProvingPath {
        Order memory order = orderOn(path);
        bytes memory evidence = evidenceOf(order);
        Money memory before = moneyNow();
        vm.prank(NODE, STRANGER);
        settler.fulfilOrder(order, evidence);
        assertPaidHere(before, "paid");
    }

    /// @dev What is summed up must fit: a truncated bond could neither be unlocked nor challenged.
    function test_RevertWhen_claims_doNotFit() public {
        Model memory model = realModel(setOf(Evidence.VANILLA));
        model.bond = type(uint88).max;
        bytes32 modelId = registerModel(model);
        token.mint(address(this), 1 << 89);
        token.approve(address(registry), 1 << 89);
        for (uint256 i = 0; i < 2; ++i) {
            // Free stake has 88 bits.
            registry.addStake(NODE, 1 << 87);
            serve(NODE, modelId, 1 << 87);
        }
        Request memory request = requestOn(Evidence.VANILLA);
        (request.modelId, request.declaredValue) = (modelId, 1);
        Order memory order = orderOf(request, Evidence.VANILLA);
        expect(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 88, 1 << 88));
        settle(order, "");
        order.request.declaredValue = 0;
        sign(order, SIGNER_KEY);
        settle(order, "");
    }

    /* EXTRACT */

    function test_extractClaim() public onEachPath {
        Order[] memory orders = claimedOn(path, 3);
        uint32 clock = uint32(time());
        Money memory before = moneyNow();
        pass(100);
        vm.expectEmit(address(settler));
        emit IOrderSettler.ClaimExtracted(rootOf(orders), idOf(orders[1]));
        extract(orders, 1);
        before.settler -= FEE;
        assertMoney(before, "its fee goes to the market");
        assertClaims(orders, Claims(uint96(2 * FEE), uint88(2 * BOND), clock, 2), "the others wait");
        assertRecord(orders[1].request, State.DELIVERED, setOf(Evidence.VANILLA), clock, "as of the claim's time");
        vm.assertTrue(recordOf(orders[1].request).escrow == Escrow.FEE, on(path, "its fee is held"));
        vm.assertEq(market.finalAt(orders[1].request), clock + CHALLENGE_WINDOW, on(path, "the window stays"));
        assertLocked(orders[1].request.modelId, 3 * BOND, "stays locked");
        assertUnrecorded(orders[0], "no record");
        assertUnrecorded(orders[2], "no record");
    }

    /// @dev From every place of trees of every shape.
    function test_extractClaim_fromEveryPlace() public {
        for (uint32 count = 1; count < 8; ++count) {
            Order[] memory orders = claimedOn(Evidence.VANILLA, count);
            for (uint256 i = 0; i < count; ++i) {
                extract(orders, i);
                assertState(orders[i].request, State.DELIVERED, "extracted");
                vm.assertEq(claimsOf(orders).count, count - i - 1, "left");
            }
            vm.assertEq(claimsOf(orders).bond, 0, "nothing is left");
            pass(CHALLENGE_WINDOW);
            assertGone(orders);
        }
    }

    /// @dev Nobody doubts it after all: all are paid, and nothing is lost to rounding but what each split loses.
    function test_extractClaim_finalize() public {
        Money memory before = moneyNow();
        Order[] memory orders = claimedOn(Evidence.VANILLA, 3);
        extract(orders, 0);
        uint40 end = time() + CHALLENGE_WINDOW;
        vm.warp(end - 1);
        expectWindowOpen(orders[0].request, end);
        market.finalize(orders[0].request, resultOf(RIGHT));
        vm.warp(end);
        market.finalize(orders[0].request, resultOf(RIGHT));
        finalizeClaims(orders);
        before.reserved -= 3 * FEE;
        before.settler -= FEE;
        share(before, FEE);
        share(before, 2 * FEE);
        assertMoney(before, "one by itself, two together");
        assertLocked(modelFor[0], 0, "unlocked");
    }

    function test_extractClaim_whilePaused() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 2);
        market.pause();
        extract(orders, 0);
        assertState(orders[0].request, State.DELIVERED, "extracted");
    }

    /* THE WINDOW: at its end - 1, 0 and + 1 exactly one of extraction and payment is possible */

    function test_extractClaim_untilTheWindowCloses() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 2);
        uint40 end = time() + CHALLENGE_WINDOW;
        bytes32 root = rootOf(orders);
        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(end + late);
            bytes32[] memory proof = proofOf(orders, 0);
            expect(abi.encodeWithSelector(IOrderSettler.ClaimsClosed.selector, root, end));
            settler.extractClaim(orders[0].request, resultOf(RIGHT), root, proof);
        }
        vm.warp(end - 1);
        assertOpen(orders, end);
        extract(orders, 0);
    }

    /* REFUSALS */

    function test_RevertWhen_extractClaim_twice() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 3);
        extract(orders, 0);
        refuseExtraction(orders, 0, abi.encodeWithSelector(IInferenceMarket.RequestExists.selector, idOf(orders[0])));
        extract(orders, 1);
        extract(orders, 2);
        bytes memory unknown = abi.encodeWithSelector(IOrderSettler.ClaimsUnknown.selector, rootOf(orders));
        refuseExtraction(orders, 0, unknown);
    }

    function test_RevertWhen_extractClaim_afterPayment() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 2);
        pass(CHALLENGE_WINDOW);
        finalizeClaims(orders);
        bytes memory unknown = abi.encodeWithSelector(IOrderSettler.ClaimsUnknown.selector, rootOf(orders));
        refuseExtraction(orders, 0, unknown);
    }

    /// @dev Another result, another request, and the proof of another place.
    function test_RevertWhen_extractClaim_isNotIncluded() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 3);
        bytes32 root = rootOf(orders);
        Result[3] memory others = [
            Result(WRONG, UNITS, NODE),
            Result(RIGHT, UNITS + 1, NODE),
            Result(RIGHT, UNITS, RIVAL)
        ];
        bytes32[] memory proof = proofOf(orders, 0);
        bytes memory reason = abi.encodeWithSelector(IOrderSettler.ClaimNotIncluded.selector, root, idOf(orders[0]));
        for (uint256 i = 0; i < others.length; ++i) {
            expect(reason);
            settler.extractClaim(orders[0].request, others[i], root, proof);
        }
        proof = proofOf(orders, 2);
        expect(reason);
        settler.extractClaim(orders[0].request, resultOf(RIGHT), root, proof);

        Order memory stranger = orderOn(Evidence.VANILLA);
        proof = new bytes32[](0);
        reason = abi.encodeWithSelector(IOrderSettler.ClaimNotIncluded.selector, root, idOf(stranger));
        expect(reason);
        settler.extractClaim(stranger.request, resultOf(RIGHT), root, proof);
    }

    function test_RevertWhen_extractClaim_underAnotherRoot() public {
        Order[] memory orders = claimedOn(Evidence.VANILLA, 3);
        bytes32[] memory proof = proofOf(orders, 0);
        bytes32 leaf = digestOf(orders[0]);
        expect(abi.encodeWithSelector(IOrderSettler.ClaimsUnknown.selector, leaf));
        settler.extractClaim(orders[0].request, resultOf(RIGHT), leaf, proof);
    }

    /// @dev What was paid at once is no claim.
    function test_RevertWhen_extractClaim_wasProved() public onEachProvingPath {
        Order[] memory orders = ordersOn(path, 1);
        settleAll(orders);
        bytes32 root = rootOf(orders);
        refuseExtraction(orders, 0, abi.encodeWithSelector(IOrderSettler.ClaimsUnknown.selector, root));
    }

    /* HELPERS */

    /// @dev On a model of this path, which a dispute would be decided by.
    function claimedOn(Evidence kind, uint256 count) private returns (Order[] memory orders) {
        orders = new Order[](count);
        for (uint256 i = 0; i < count; ++i) orders[i] = orderOf(relaxedOn(kind), Evidence.VANILLA);
        settleAll(orders, new bytes[](0), "");
    }

    function refuseExtraction(Order[] memory orders, uint256 index, bytes memory reason) private {
        bytes32 root = rootOf(orders);
        bytes32[] memory proof = proofOf(orders, index);
        expect(reason);
        settler.extractClaim(orders[index].request, answerOf(orders[index]), root, proof);
    }

    function assertOpen(Order[] memory orders, uint40 end) private {
        refuseFinalization(orders, abi.encodeWithSelector(IOrderSettler.ClaimsOpen.selector, rootOf(orders), end));
    }

    function assertGone(Order[] memory orders) private {
        refuseFinalization(orders, abi.encodeWithSelector(IOrderSettler.ClaimsUnknown.selector, rootOf(orders)));
    }

    function refuseFinalization(Order[] memory orders, bytes memory reason) private {
        bytes32 root = rootOf(orders);
        expect(reason);
        settler.finalizeClaims(NODE, orders[0].request.modelId, DATA_NODE, root);
    }
}
