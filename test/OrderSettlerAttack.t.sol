// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {InferenceMarket} from "../contracts/InferenceMarket.sol";
import {OrderSettler} from "../contracts/OrderSettler.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {HostileConsumer, Trick} from "../contracts/mocks/HostileConsumer.sol";
import {HostileToken, ITokenHook, Vice} from "../contracts/mocks/HostileToken.sol";
import {Evidence, NO_EVIDENCE} from "../contracts/types/Evidence.sol";
import {Order} from "../contracts/types/Order.sol";
import {Request, REQUEST_TYPEHASH} from "../contracts/types/Request.sol";
import {Reliance, State} from "../contracts/types/State.sol";
import {newOrderSettler} from "./support/Deployer.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What clients, nodes, consumers and strangers could try, and what comes of it.
contract OrderSettlerAttackTest is OrderFixture, ITokenHook {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    OrderSettler private _second;
    address private _hookCaller;
    bytes private _hookCall;
    bool private _hookSucceeded;
    bytes private _hookAnswer;

    function deploySettlers() internal override returns (address first, address second) {
        (first, ) = super.deploySettlers();
        _second = newOrderSettler(address(market));
        second = address(_second);
    }

    /* SIGNED FOR SOMETHING ELSE */

    function test_order_forAnotherChain() public onEachPath {
        Order memory order = orderOn(path);
        bytes memory evidence = evidenceOf(order);
        vm.chainId(31_338);
        // The digest is another one: what is recovered from it is nobody's key.
        if (path == Evidence.VANILLA) vm.expectPartialRevert(IOrderSettler.ReservationExceeded.selector);
        else vm.expectPartialRevert(IInferenceMarket.EvidenceInvalid.selector);
        settle(order, evidence);
        sign(order, SIGNER_KEY);
        settle(order);
        vm.chainId(31_337);
    }

    /// @dev A settler is of one market, and an order names the settler.
    function test_order_forAnotherSettler() public onEachPath {
        Order memory order = orderOn(path);
        bytes memory evidence = evidenceOf(order);
        (settler, _second) = (_second, settler);
        sign(order, SIGNER_KEY);
        (settler, _second) = (_second, settler);
        vm.expectPartialRevert(IOrderSettler.ReservationExceeded.selector);
        settle(order, evidence);

        sign(order, SIGNER_KEY);
        vm.expectPartialRevert(IOrderSettler.ReservationExceeded.selector);
        vm.prank(NODE, NODE);
        _second.fulfilOrder(order, evidence);
    }

    /// @dev The signature of an order speaks for no other: each field of the request in turn.
    function test_order_forAnotherRequest() public onEachPath {
        Order memory order = orderOn(path);
        Order memory other = abi.decode(abi.encode(order), (Order));
        for (uint256 field = 0; field < FIELDS; ++field) {
            other.request = changed(order.request, field);
            bytes memory evidence = evidenceOf(other);
            bytes4 expected = IOrderSettler.ReservationExceeded.selector;
            if (field == 1) expected = IInferenceMarket.NodeMismatch.selector;
            if (field == 14) expected = IInferenceMarket.CallbackGasAboveCap.selector;
            vm.expectPartialRevert(expected);
            vm.prank(NODE, NODE);
            settler.fulfilOrder(other, evidence);
        }
        settle(order);
    }

    /// @dev With one bit above its field, no word of a claim is decoded, though it was signed so.
    function test_RevertWhen_order_hasDirtyUpperBits() public {
        Order memory order = orderOn(Evidence.VANILLA);
        uint8[21] memory sizes = [20, 20, 32, 32, 32, 20, 1, 16, 16, 16, 5, 5, 5, 20, 4, 8, 32, 32, 32, 5, 1];
        for (uint256 word = 0; word < sizes.length; ++word) {
            if (sizes[word] == 32) continue;
            bytes memory words = abi.encode(order);
            words[32 * word + 31 - sizes[word]] = 0x01;
            bytes memory request = new bytes(32 * FIELDS);
            for (uint256 i = 0; i < request.length; ++i) request[i] = words[i];
            bytes32 structHash = keccak256(bytes.concat(REQUEST_TYPEHASH, request));
            (bytes32 r, bytes32 vs) = signed(structHash, SIGNER_KEY);
            for (uint256 i = 0; i < 32; ++i) {
                (words[32 * FIELDS + i], words[32 * (FIELDS + 1) + i]) = (r[i], vs[i]);
            }

            bytes memory tail = abi.encode(uint256(22 * 32), uint256(0));
            bytes memory call = bytes.concat(settler.fulfilOrder.selector, words, tail);
            vm.prank(NODE, NODE);
            (bool taken, bytes memory returned) = address(settler).call(call);
            vm.assertTrue(!taken && returned.length == 0, "not decoded");
        }
        settle(order);
    }

    /* SIGNATURES */

    function test_signature_ofSomebodyElse() public onEachPath {
        uint256[3] memory keys = [uint256(1), uint256(keccak256("thief")) >> 1, enclaveKeyOf(NODE, modelFor[2])];
        for (uint256 i = 0; i < keys.length; ++i) {
            Order memory order = orderOn(path);
            bytes memory evidence = evidenceOf(order);
            sign(order, keys[i]);
            expect(exceeded(NODE, vm.addr(keys[i]), 0, FEE));
            settle(order, evidence);
        }
    }

    /// @dev Cases 26 and 30: neither a high s nor what recovers nobody; also for an order that costs nothing.
    function test_signature_malformed() public onEachPath {
        bytes32[2][5] memory bad = [
            [bytes32(0), bytes32(0)],
            [bytes32(0), bytes32(uint256(1))],
            [bytes32(uint256(1)), bytes32(0)],
            [bytes32(ORDER), bytes32(uint256(1))],
            [bytes32(uint256(1)), bytes32(HALF_ORDER + 1)]
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            Order memory order = orderOn(path);
            order.request.unitPrice = 0;
            bytes memory evidence = evidenceOf(order);
            (order.r, order.vs) = (bad[i][0], bad[i][1]);
            expect(exceeded(NODE, address(0), 0, 0));
            settle(order, evidence);
        }
    }

    /// @dev The twin has no compact form: its s takes the bit that says which of two keys signed.
    function test_signature_twin() public onEachPath {
        Order memory order = orderOn(path);
        bytes memory evidence = evidenceOf(order);
        uint256 s = (uint256(order.vs) << 1) >> 1;
        bytes32 parity = bytes32((uint256(order.vs) >> 255) << 255);
        bytes32[3] memory twins = [
            bytes32(ORDER - s),
            bytes32(ORDER - s) ^ bytes32(uint256(1) << 255),
            parity ^ order.vs ^ bytes32(uint256(1) << 255)
        ];
        bytes32 genuine = order.vs;
        for (uint256 i = 0; i < twins.length; ++i) {
            order.vs = twins[i];
            if (twins[i] == genuine) continue;
            vm.expectPartialRevert(IOrderSettler.ReservationExceeded.selector);
            settle(order, evidence);
        }
        order.vs = genuine;
        settle(order, evidence);
    }

    /* ENCLAVES */

    /// @dev Between signing and settling: what it signed is refused, and the client's money and the node's order stand.
    function test_enclave_isRevoked() public {
        path = Evidence.TEE;
        Order[] memory orders = ordersOn(path, 2);
        bytes[] memory own = evidenceOf(orders);
        bytes memory signature = sharedSignature(orders);
        Money memory before = moneyNow();
        pass(1);
        uint256 snapshot = vm.snapshotState();
        revokeMeasurement(modelFor[2]);
        expect(abi.encodeWithSelector(IInferenceMarket.EvidenceInvalid.selector, idOf(orders[0]), path));
        settle(orders[0], own[0]);
        vm.expectPartialRevert(IOrderSettler.SignatureInvalid.selector);
        settleAll(orders, new bytes[](0), signature);
        settleAll(orders, own, "");
        assertMoney(before, "nothing moves");
        vm.assertEq(reservation().used, 0, "no nonce is used up");

        vm.revertToState(snapshot);
        settleAll(orders, own, "");
        assertPaidTogether(before, 2, "else they are paid");
    }

    /* CONSUMERS */

    /// @dev Anybody can order from a node of his own: a consumer says what it relies on.
    function test_consumer_ofASelfOrder() public onEachPath {
        Request memory request = requestOn(path);
        request.declaredValue = 0;
        request.consumer = address(new HostileConsumer());
        request.callbackGas = 100_000;
        Order memory order = orderOf(request, path);
        settle(order);
        if (path == Evidence.VANILLA) {
            pass(CHALLENGE_WINDOW);
            market.finalize(request, resultOf(RIGHT));
        }
        Reliance memory reliance = Reliance(request.modelId, INPUT, setOf(path), 1);
        expect(abi.encodeWithSelector(IInferenceMarket.RelianceMismatch.selector, idOf(order), reliance));
        market.requireFinal(request, resultOf(RIGHT), reliance);
        reliance.declaredValue = 0;
        market.requireFinal(request, resultOf(RIGHT), reliance);
    }

    /// @dev What left no record can be relied on by nobody.
    function test_consumer_ofAnOrderWithoutRecord() public onEachPath {
        Order memory order = orderOn(path);
        settle(order);
        Reliance memory reliance = Reliance(order.request.modelId, INPUT, NO_EVIDENCE, 0);
        expectState(order.request, State.NONE);
        market.requireFinal(order.request, resultOf(RIGHT), reliance);
    }

    function test_consumer_reverts() public onEachProvingPath {
        HostileConsumer consumer = new HostileConsumer();
        consumer.play(Trick.REVERTS, address(0), "");
        Order memory order = orderFor(consumer);
        Money memory before = moneyNow();
        bytes memory evidence = evidenceOf(order);
        vm.expectRevert(HostileConsumer.ConsumerBroken.selector);
        vm.prank(NODE, NODE);
        settler.fulfilOrderAndCall(order, evidence, "right");
        assertMoney(before, "nothing moves");
        settle(order, evidence);
        assertPaidByRecord(before, "the node is paid all the same");
    }

    /// @dev A consumer that is called finds the settler shut, on both ways.
    function test_consumer_reenters() public onEachProvingPath {
        bytes memory shut = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        Order[] memory others = ordersOn(Evidence.VANILLA, 1);
        bytes[6] memory calls = [
            abi.encodeCall(IOrderSettler.reserve, (NODE, 1, START + 2 days, SIGNER)),
            abi.encodeCall(IOrderSettler.release, (NODE, SIGNER)),
            abi.encodeCall(IOrderSettler.fulfilOrder, (others[0], "")),
            abi.encodeCall(IOrderSettler.fulfilOrders, (others, new bytes[](0), "")),
            abi.encodeCall(IOrderSettler.finalizeClaims, (NODE, modelFor[0], DATA_NODE, digestOf(others[0]))),
            abi.encodeCall(INodeEarnings.collect, (NODE))
        ];
        for (uint256 i = 0; i < 2 * calls.length; ++i) {
            HostileConsumer consumer = new HostileConsumer();
            consumer.play(Trick.CALLS_BACK, address(settler), calls[i / 2]);
            Order memory order = orderFor(consumer);
            order.request.callbackGas = 500_000;
            sign(order, SIGNER_KEY);
            bytes memory evidence = evidenceOf(order);
            vm.prank(NODE);
            if (i % 2 == 0) settler.fulfilOrder(order, evidence);
            else settler.fulfilOrderAndCall(order, evidence, "right");
            vm.assertEq(consumer.returned(), shut, on(path, "shut"));
        }
    }

    function orderFor(HostileConsumer consumer) private returns (Order memory) {
        Request memory request = requestOn(path);
        request.consumer = address(consumer);
        request.callbackGas = 100_000;
        return orderOf(request, path);
    }

    /* TOKEN: whoever is called in the middle of a withdrawal finds the market shut, and so the settler's purse */

    function test_token_reenters() public {
        Order[] memory orders = claimed();
        settle(orderOn(Evidence.TEE));
        Order memory recorded = orderOf(requestOn(Evidence.ZKML), Evidence.VANILLA);
        bytes memory shut = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        duringWithdrawal(CLIENT, abi.encodeCall(IOrderSettler.reserve, (NODE, 1, START + 2 days, SIGNER)));
        vm.assertEq(_hookAnswer, shut, "reserve");
        duringWithdrawal(NODE, abi.encodeCall(IOrderSettler.fulfilOrder, (recorded, "")));
        vm.assertEq(_hookAnswer, shut, "an order with a record");
        duringWithdrawal(STRANGER, abi.encodeCall(INodeEarnings.collect, (NODE)));
        vm.assertEq(_hookAnswer, shut, "collect");
        bytes memory extraction = abi.encodeCall(
            IOrderSettler.extractClaim,
            (orders[0].request, resultOf(RIGHT), rootOf(orders), proofOf(orders, 0))
        );
        duringWithdrawal(STRANGER, extraction);
        vm.assertEq(_hookAnswer, shut, "extract");
        vm.warp(reservation().until + LONGEST_ORDER);
        duringWithdrawal(CLIENT, abi.encodeCall(IOrderSettler.release, (NODE, SIGNER)));
        vm.assertEq(_hookAnswer, shut, "release");
    }

    /// @dev What moves nothing in the market goes on, as at any other time.
    function test_token_reentersWithAnOrder() public onEachPath {
        Order memory order = orderOn(path);
        bytes memory evidence = evidenceOf(order);
        Money memory before = moneyNow();
        duringWithdrawal(NODE, abi.encodeCall(IOrderSettler.fulfilOrder, (order, evidence)));
        vm.assertTrue(_hookSucceeded, on(path, "settled"));
        before.tokens -= 1; // what was withdrawn
        before.client -= 1;
        before.reserved -= FEE;
        if (path != Evidence.VANILLA) share(before, FEE);
        assertMoney(before, "once");
        expect(nonceUsed(order));
        settle(order, evidence);
    }

    /// @dev CLIENT withdraws, and the token calls back.
    function duringWithdrawal(address caller, bytes memory call) private {
        // The same balances: both begin with the same ledger.
        vm.etch(address(token), address(new HostileToken()).code);
        HostileToken(address(token)).misbehave(Vice.CALLS_BACK, address(this));
        (_hookCaller, _hookCall) = (caller, call);
        vm.prank(CLIENT);
        market.withdraw(STRANGER, 1);
        HostileToken(address(token)).misbehave(Vice.NONE, address(0));
    }

    function onTokenMoved(address, address, uint256) external {
        vm.prank(_hookCaller, _hookCaller);
        (_hookSucceeded, _hookAnswer) = address(settler).call(_hookCall);
    }

    /* THE MARKET'S SIDE */

    /// @dev A client that opens what it has also signed pays for both, and each once.
    function test_direct_andOrder() public onEachPath {
        Request memory request = requestOn(path);
        request.deliverBy = time() + CHALLENGE_WINDOW + 60;
        request.proveBy = request.deliverBy + 1;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        open(request);
        bring(request, resultOf(RIGHT), path);
        if (path == Evidence.VANILLA) {
            pass(CHALLENGE_WINDOW);
            market.finalize(request, resultOf(RIGHT));
        }
        Money memory before = moneyNow();
        settle(orderOf(request, path));
        before.reserved -= FEE;
        if (path != Evidence.VANILLA) share(before, FEE);
        assertMoney(before, "the order's own fee");
    }

    function test_RevertWhen_direct_andOrderWithRecord() public onEachProvingPath {
        Request memory request = requestOn(path);
        open(request);
        Order memory order = orderOf(request, Evidence.VANILLA);
        bytes memory exists = abi.encodeWithSelector(IInferenceMarket.RequestExists.selector, idOf(order));
        expect(exists);
        settle(order, "");
        vm.assertEq(reservation().amount, RESERVED, on(path, "not drawn"));
        vm.assertEq(reservation().used, 0, on(path, "no nonce is used up"));
    }

    function test_RevertWhen_settlersFunctions_areCalledByOthers() public onEachPath {
        Request memory request = requestOn(path);
        address[5] memory others = [STRANGER, NODE, CLIENT, address(court), address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(IInferenceMarket.SettlerOnly.selector, others[i]);
            vm.startPrank(others[i]);
            expect(refusal);
            market.take(CLIENT, 1);
            expect(refusal);
            market.openSigned(request);
            expect(refusal);
            market.enterClaim(request, resultOf(RIGHT), uint32(START));
            vm.stopPrank();
        }
    }

    /// @dev A settler's money is all that it can lose.
    function test_RevertWhen_settler_bringsMoreThanItHolds() public {
        Request memory request = requestOn(Evidence.TEE);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, address(_second), 0, MAX_FEE));
        vm.prank(address(_second));
        market.openSigned(request);
    }
}
