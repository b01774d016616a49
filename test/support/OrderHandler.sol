// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HostileConsumer} from "../../contracts/mocks/HostileConsumer.sol";
import {Dispute} from "../../contracts/types/Dispute.sol";
import {Earnings} from "../../contracts/types/Earnings.sol";
import {Evidence, EvidenceSet} from "../../contracts/types/Evidence.sol";
import {Claims, Order, Reservation} from "../../contracts/types/Order.sol";
import {Request} from "../../contracts/types/Request.sol";
import {Result, resultsDigest} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {OrderLedger} from "./OrderLedger.sol";
import {vm} from "./Vm.sol";

/// @notice Acts as everybody: three clients with two signers, two nodes, a challenger; five models; every function of the
/// settler, and what its records need of the market. What a call must do is checked in `OrderLedger`, around each action.
abstract contract OrderHandler is OrderLedger {
    /// @notice Whether an order was taken again, or a sum changed that only moved.
    bool public replayTaken;
    HostileConsumer private _consumer;
    uint64 private _nonce;
    mapping(address node => mapping(bytes32 modelId => uint256)) private _keysBefore;

    constructor() {
        clients = [CLIENT, makeAccount("second client"), makeAccount("third client")];
        nodes = [NODE, RIVAL];
        signerKeys = [SIGNER_KEY, uint256(keccak256("second signer")) >> 1];
        signers = [SIGNER, vm.addr(signerKeys[1])];
        vm.warp(START);
        super.setUp();
        openBooks();
    }

    /// @dev Deployed once, by the constructor.
    function setUp() public override {}

    function populate() internal override {
        super.populate();
        for (uint256 i = 0; i < 3; ++i) modelsServed.push(modelFor[i]);
        modelsServed.push(addModelWithBoth());
        modelsServed.push(addModel(claimWith(Evidence.TEE), TEE_WINDOW));
        fund(clients[1], 50_000);
        fund(clients[2], 50_000);
        _consumer = new HostileConsumer();
    }

    /* MONEY */

    function withdraw(uint256 seed) external acting("withdraw") {
        address client = pick(clients, mix(seed));
        uint128 balance = market.balanceOf(client);
        if (balance == 0) revert Skipped();
        vm.prank(client);
        market.withdraw(client, 1 + uint128(seed % (balance > 2_000 ? 2_000 : balance)));
    }

    function reserve(uint256 seed) external acting("reserve") {
        seed = mix(seed);
        (address client, address node, uint256 signer) = (
            pick(clients, seed),
            pick(nodes, seed >> 8),
            (seed >> 16) % 2
        );
        uint128 balance = market.balanceOf(client);
        if (balance == 0) revert Skipped();
        uint40 until = settler.reservationOf(client, node, signers[signer]).until;
        if (until < time() + 1 hours) until = time() + 1 hours;
        vm.prank(client);
        settler.reserve(
            node,
            uint96(1 + ((seed >> 24) % (balance > 8_000 ? 8_000 : balance))),
            until + uint40((seed >> 40) % 100),
            signers[signer]
        );
    }

    /// @dev And reserves anew at once, so that old orders find fresh flags.
    function release(uint256 seed) external acting("release") {
        seed = mix(seed);
        (address client, address node, address signer) = (
            pick(clients, seed),
            pick(nodes, seed >> 8),
            pick(signers, seed >> 16)
        );
        Reservation memory reservation = settler.reservationOf(client, node, signer);
        if (reservation.amount == 0) revert Skipped();
        uint40 end = reservation.until + LONGEST_ORDER;
        if (time() < end && (seed >> 24) % 4 == 0) jumpTo(end);
        vm.prank(client);
        settler.release(node, signer);
        if (market.paused()) return;
        vm.prank(client);
        settler.reserve(node, reservation.amount, time() + 1 hours, signer);
    }

    function collect(uint256 seed) external acting("collect") {
        seed = mix(seed);
        settler.collect(seed % 3 == 0 ? DATA_NODE : pick(nodes, seed));
    }

    function payPool(uint256 seed) external acting("payPool") {
        address node = pick(nodes, mix(seed));
        Earnings memory earnings = settler.earningsOf(node);
        if (earnings.pool == 0) revert Skipped();
        vm.roll(earnings.drawBlock + 1);
        vm.setBlockhash(earnings.drawBlock, keccak256(abi.encode(seed)));
        settler.payPool(node);
    }

    /* ORDERS */

    function fulfilOrder(uint256 seed) external acting("order") {
        seed = mix(seed);
        Order memory order = anyOrder(seed, anyModel(seed), pick(nodes, seed >> 8));
        if ((seed >> 90) % 8 == 0) order.request.consumer = address(_consumer);
        sign(order, signerKeys[(seed >> 100) % 2]);
        track(order);
        settle(order, freshEvidence(order));
        ++acted[stateOf(order.request) == State.NONE ? "order without record" : "order with record"];
    }

    function fulfilOrderAndCall(uint256 seed) external acting("order and call") {
        seed = mix(seed);
        Order memory order = anyOrder(seed, modelsServed[1 + ((seed >> 16) % 2)], pick(nodes, seed >> 8));
        order.request.consumer = address(_consumer);
        order.kind = order.request.modelId == modelsServed[1] ? Evidence.ZKML : Evidence.TEE;
        sign(order, signerKeys[(seed >> 100) % 2]);
        track(order);
        bytes memory evidence = freshEvidence(order);
        vm.prank(order.request.node, order.request.node);
        settler.fulfilOrderAndCall(order, evidence, outputOf(order.outputCommitment));
    }

    /// @dev Of one model, mostly alike; all TEE results share a signature, or each has its own.
    function fulfilOrders(uint256 seed) external acting("orders") {
        seed = mix(seed);
        (bytes32 modelId, address node) = (anyModel(seed), pick(nodes, seed >> 8));
        Order[] memory orders = new Order[](1 + ((seed >> 110) % 5));
        bytes[] memory evidence = new bytes[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 own = uint256(keccak256(abi.encode(seed, i)));
            orders[i] = anyOrder(own, modelId, node);
            // Of one data node.
            bool withData = (seed >> 120) % 2 == 0;
            orders[i].request.dataNode = withData ? DATA_NODE : address(0);
            orders[i].request.dataCommitment = withData ? DATA : bytes32(0);
            sign(orders[i], signerKeys[(own >> 100) % 2]);
            // One of them twice, at times.
            if (i != 0 && own % 16 == 0) orders[i] = orders[i - 1];
            if (numberOf[idOf(orders[i])] == 0) track(orders[i]);
            evidence[i] = freshEvidence(orders[i]);
            // One of them unproved, at times.
            if (own % 16 == 1 && orders[i].kind == Evidence.ZKML) evidence[i] = "";
        }
        bytes memory signature;
        if ((seed >> 130) % 2 == 0) signature = share(orders, evidence);
        vm.prank(node, node);
        settler.fulfilOrders(orders, evidence, signature);
        ++acted[signature.length == 0 ? "orders with own evidence" : "orders with shared signature"];
    }

    /// @dev Takes the signatures of TEE results away, and returns one over all of them.
    function share(Order[] memory orders, bytes[] memory evidence) private view returns (bytes memory) {
        bytes32[] memory digests = new bytes32[](orders.length);
        uint256 count;
        for (uint256 i = 0; i < orders.length; ++i) {
            if (orders[i].kind != Evidence.TEE) continue;
            evidence[i] = "";
            digests[count++] = digestOf(orders[i]);
        }
        if (count == 0) return "";
        assembly ("memory-safe") {
            mstore(digests, count)
        }
        uint256 key = enclaveKeyOf(orders[0].request.node, orders[0].request.modelId);
        return signatureBy(key, resultsDigest(digests));
    }

    /// @dev An order that was taken, or refused and never will be, again: alone and among others.
    function replay(uint256 seed) external acting("replay") {
        seed = mix(seed);
        uint256 number = anyTaken(seed);
        Order[] memory orders = new Order[](1);
        bytes[] memory evidence = new bytes[](1);
        orders[0] = tracked[number - 1];
        evidence[0] = freshEvidence(orders[0]);
        uint256 before = settlerHas() + drawnFrom[orders[0].request.client];
        vm.prank(orders[0].request.node, orders[0].request.node);
        try settler.fulfilOrder(orders[0], evidence[0]) {
            replayTaken = true;
        } catch {}
        vm.prank(orders[0].request.node, orders[0].request.node);
        try settler.fulfilOrders(orders, evidence, "") {} catch {}
        if (settlerHas() + drawnFrom[orders[0].request.client] != before) replayTaken = true;
    }

    /// @dev One of the newest that was taken.
    function anyTaken(uint256 seed) private view returns (uint256) {
        uint256 skip = seed % 8;
        for (uint256 left = tracked.length; left > 0; --left) {
            if (timesTaken[left] == 0) continue;
            if (skip == 0) return left;
            --skip;
        }
        revert Skipped();
    }

    /* CLAIMS */

    function finalizeClaims(uint256 seed) external acting("finalizeClaims") {
        seed = mix(seed);
        for (uint256 i = 0; i < roots.length; ++i) {
            Claims memory waiting = claimsAt(i);
            if (waiting.count == 0) continue;
            if (seed % 2 == 0) jumpTo(later(waiting.clock + CHALLENGE_WINDOW));
            settler.finalizeClaims(roots[i].node, roots[i].modelId, roots[i].dataNode, roots[i].root);
            return;
        }
        revert Skipped();
    }

    function extractClaim(uint256 seed) external acting("extract") {
        seed = mix(seed);
        for (uint256 left = roots.length; left > 0; --left) {
            Claims memory waiting = claimsAt(left - 1);
            if (waiting.count == 0 || waiting.clock + CHALLENGE_WINDOW <= time()) continue;
            extractFrom(left - 1, seed);
            return;
        }
        revert Skipped();
    }

    /// @dev Any of them, also one that was extracted, which reverts.
    function extractFrom(uint256 index, uint256 seed) private {
        Order[] memory orders = new Order[](roots[index].orders.length);
        for (uint256 i = 0; i < orders.length; ++i) orders[i] = tracked[roots[index].orders[i] - 1];
        uint256 place = seed % orders.length;
        Order memory order = orders[place];
        uint256 owed = settlerOwes();
        uint128 locked = registry.modelStakeOf(order.request.node, order.request.modelId).locked;
        extract(orders, place);
        if (settlerOwes() + feeOf(order) != owed) extractionBroken = true;
        if (registry.modelStakeOf(order.request.node, order.request.modelId).locked != locked) extractionBroken = true;
    }

    /* RECORDS */

    function prove(uint256 seed) external acting("prove") {
        Order memory order = anyRecorded(mix(seed), State.DELIVERED);
        EvidenceSet present = market.recordOf(idOf(order)).evidence;
        EvidenceSet paths = models.termsOf(order.request.modelId).paths;
        EvidenceSet missing = order.request.requiredEvidence.minus(present);
        if (missing.isEmpty()) missing = paths.minus(present);
        if (missing.isEmpty()) revert Skipped();
        Result memory result = answerOf(order);
        order.kind = missing.first();
        bytes memory evidence = freshEvidence(order);
        market.prove(order.request, result, order.kind, evidence);
    }

    function finalize(uint256 seed) external acting("finalize") {
        seed = mix(seed);
        Order memory order = anyRecorded(seed, State.DELIVERED);
        uint40 end = market.finalAt(order.request);
        if (end == 0) revert Skipped();
        if (seed % 2 == 0) jumpTo(later(end));
        market.finalize(order.request, answerOf(order));
    }

    function refund(uint256 seed) external acting("refund") {
        Order memory order = anyRecorded(mix(seed), State.DELIVERED);
        if (market.finalAt(order.request) != 0) revert Skipped();
        jumpTo(later(order.request.proveBy));
        market.refund(order.request, answerOf(order));
    }

    function challenge(uint256 seed) external acting("challenge") {
        Order memory order = anyRecorded(mix(seed), State.DELIVERED);
        if (market.finalAt(order.request) <= time()) revert Skipped();
        Result memory claim = answerOf(order);
        claim.outputCommitment = claim.outputCommitment == RIGHT ? WRONG : RIGHT;
        bytes32 commitment = court.challengeCommitment(CHALLENGER, idOf(order), claim, bytes32(seed));
        vm.prank(CHALLENGER);
        court.commitChallenge(commitment);
        mine(1);
        vm.prank(CHALLENGER);
        court.challenge(order.request, answerOf(order), claim, bytes32(seed));
    }

    /// @dev By evidence that RIGHT is the answer, or by the clock.
    function conclude(uint256 seed) external acting("conclude") {
        seed = mix(seed);
        Order memory order = anyRecorded(seed, State.DISPUTED);
        Dispute memory dispute = court.disputeOf(idOf(order));
        if (dispute.arbiter == Evidence.VANILLA) jumpTo(later(dispute.revealBy));
        else if (seed % 4 == 0) jumpTo(later(dispute.evidenceBy));
        if (time() >= dispute.evidenceBy) {
            court.conclude(order.request, answerOf(order));
        } else {
            Order memory proved = abi.decode(abi.encode(order), (Order));
            (proved.outputCommitment, proved.kind) = (RIGHT, dispute.arbiter);
            bytes memory evidence = freshEvidence(proved);
            court.decide(order.request, answerOf(order), answerOf(proved), evidence);
        }
        State state = stateOf(order.request);
        ++acted[state == State.REJECTED ? "rejected" : (state == State.FINAL ? "upheld" : "undecided")];
    }

    /// @dev One of the newest with a record in this state.
    function anyRecorded(uint256 seed, State state) private view returns (Order memory order) {
        uint256 skip = seed % 3;
        for (uint256 left = recorded.length; left > 0; --left) {
            if (stateOf(tracked[recorded[left - 1]].request) != state) continue;
            order = tracked[recorded[left - 1]];
            if (skip == 0) return order;
            --skip;
        }
        if (order.request.client == address(0)) revert Skipped();
    }

    /* WORLD */

    function wait(uint256 seed) external acting("wait") {
        jumpTo(time() + 1 + uint40(mix(seed) % 300));
    }

    /// @dev Mostly not: only what is opened stops.
    function pauseOrNot(uint256 seed) external acting("pause") {
        if (market.paused()) market.unpause();
        else if (mix(seed) % 4 == 0) market.pause();
    }

    /* CHOICES */

    function mix(uint256 seed) private view returns (uint256) {
        return uint256(keccak256(abi.encode(seed, tracked.length)));
    }

    function later(uint40 moment) private view returns (uint40) {
        return moment > time() ? moment : time();
    }

    function anyModel(uint256 seed) private view returns (bytes32) {
        return modelsServed[(seed >> 16) % modelsServed.length];
    }

    function anyOrder(uint256 seed, bytes32 modelId, address node) private returns (Order memory order) {
        Request memory request = requestFor(modelId);
        (request.client, request.node, request.inputCommitment) = (pick(clients, seed), node, INPUT);
        (request.unitPrice, request.maxFee) = (uint128((seed >> 24) % 12), uint128((seed >> 28) % 600));
        request.declaredValue = uint128((seed >> 36) % 5_000);
        if ((seed >> 40) % 2 == 0) (request.dataNode, request.dataCommitment) = (DATA_NODE, DATA);
        request.deliverBy = time() + 600;
        // As late as can be, at times: it is still signed when the reservation is released.
        uint40 until = settler.reservationOf(request.client, node, signers[(seed >> 100) % 2]).until;
        if ((seed >> 44) % 4 == 0 && until + LONGEST_ORDER > time()) request.deliverBy = until + LONGEST_ORDER;
        request.proveBy = request.deliverBy + 900;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + TEE_WINDOW + DISPUTE_WINDOW;
        // Mostly the next one; sometimes one below, or far above.
        _nonce += (seed >> 50) % 16 == 0 ? 60 : 1;
        request.nonce = (seed >> 54) % 4 == 0 && _nonce > 30 ? _nonce - uint64((seed >> 58) % 30) : _nonce;
        (order.request, order.outputCommitment) = (request, (seed >> 64) % 4 == 0 ? WRONG : RIGHT);
        order.units = models.termsOf(modelId).unitsPerInference;
        if (order.units == 0) order.units = uint40((seed >> 66) % 80);
        chooseEvidence(order, seed >> 72);
    }

    /// @dev What the model can prove; a subset of it is required.
    function chooseEvidence(Order memory order, uint256 seed) private view {
        EvidenceSet paths = models.termsOf(order.request.modelId).paths;
        order.kind = Evidence(seed % 3);
        if (!paths.has(order.kind)) order.kind = Evidence.VANILLA;
        for (uint8 kind = 1; kind < 3; ++kind) {
            bool wanted = (seed >> (2 + 2 * kind)) % 4 == 0;
            if (!wanted || !paths.has(Evidence(kind))) continue;
            order.request.requiredEvidence = order.request.requiredEvidence.plus(Evidence(kind));
        }
    }

    /// @dev An enclave's key counts for a day, which is soon over: then the node has another one admitted.
    function freshEvidence(Order memory order) private returns (bytes memory) {
        (address node, bytes32 modelId) = (order.request.node, order.request.modelId);
        bool isSigned = order.kind == Evidence.TEE;
        if (isSigned && !enclaves.isLive(vm.addr(enclaveKeyOf(node, modelId)), node, modelId)) {
            ++_keysBefore[node][modelId];
            admitEnclave(node, modelId);
        }
        return evidenceOf(order);
    }

    function enclaveKeyOf(address node, bytes32 modelId) internal view override returns (uint256) {
        return super.enclaveKeyOf(node, modelId) + _keysBefore[node][modelId];
    }

    function pick(address[] storage list, uint256 seed) private view returns (address) {
        return list[seed % list.length];
    }
}
