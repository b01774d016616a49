// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Earnings} from "../../contracts/types/Earnings.sol";
import {Dispute} from "../../contracts/types/Dispute.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {Result} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {MarketMistakes} from "./MarketMistakes.sol";
import {vm} from "./Vm.sol";

/// @notice Acts as everybody: three clients, three nodes, a challenger; five models; every function of the market. What a
/// call must do is checked in `MarketLedger`, around each action.
abstract contract MarketHandler is MarketMistakes {
    mapping(address node => mapping(bytes32 modelId => uint256)) private _keysBefore;

    constructor() {
        vm.warp(START);
        super.setUp();
        openBooks();
    }

    /// @dev Deployed once, by the constructor.
    function setUp() public override {}

    function populate() internal override {
        super.populate();
        registerNode(THIRD, Role.INFERENCE, PLENTY);
        modelsServed.push(modelFor[0]);
        modelsServed.push(modelFor[1]);
        modelsServed.push(modelFor[2]);
        modelsServed.push(addModelWithBoth());
        modelsServed.push(addModel(claimWith(Evidence.TEE), TEE_WINDOW));
        for (uint256 i = 0; i < modelsServed.length; ++i) serve(THIRD, modelsServed[i], 3 * BOND);
        admitEnclave(THIRD, modelsServed[2]);
        for (uint256 i = 0; i < clients.length; ++i) {
            fund(clients[i], 50_000);
        }
    }

    /* MONEY */

    function deposit(uint256 who, uint128 amount) external acting("deposit", address(0)) {
        amount = 1 + (amount % 10_000);
        token.mint(address(this), amount);
        token.approve(address(market), amount);
        market.deposit(pick(clients, mix(who)), amount);
        deposited += amount;
    }

    function withdraw(uint256 who, uint128 amount) external acting("withdraw", pick(accounts, mix(who))) {
        address account = pick(accounts, mix(who));
        uint128 balance = market.balanceOf(account);
        if (balance == 0) revert Skipped();
        amount = 1 + (amount % balance);
        if (amount > 10_000) amount = 10_000;
        vm.prank(account);
        market.withdraw(account, amount);
        withdrawn += amount;
    }

    function collect(uint256 node) external acting("collect", address(0)) {
        market.collect(pick(nodes, mix(node)));
    }

    function payPool(uint256 node) external acting("payPool", address(0)) {
        Earnings memory earnings = market.earningsOf(pick(nodes, mix(node)));
        if (earnings.pool == 0) revert Skipped();
        vm.roll(earnings.drawBlock + 1);
        vm.setBlockhash(earnings.drawBlock, keccak256(abi.encode(node)));
        market.payPool(pick(nodes, mix(node)));
    }

    /* REQUESTS */

    function openRequest(uint256 seed) external acting("open", pick(clients, mix(seed))) {
        seed = mix(seed);
        Request memory request = anyRequest(seed);
        vm.prank(request.client);
        track(request, market.openRequest(request));
    }

    function cancel(uint256 seed) external acting("cancel", address(0)) {
        seed = mix(seed);
        Request memory request = find(seed, State.OPEN);
        vm.prank(request.client);
        market.cancel(request);
    }

    function accept(uint256 seed) external acting("accept", address(0)) {
        seed = mix(seed);
        Request memory request = find(seed, State.OPEN);
        vm.prank(request.node == address(0) ? pick(nodes, seed >> 8) : request.node);
        market.accept(request);
    }

    function fulfil(uint256 seed) external acting("fulfil", address(0)) {
        seed = mix(seed);
        bool assigned = seed % 3 != 0;
        Request memory request = find(seed, assigned ? State.ASSIGNED : State.OPEN);
        address node = assigned ? lastNode[touched] : request.node;
        if (node == address(0)) node = pick(nodes, seed >> 8);
        Result memory result = anyResult(request, node, seed);
        Evidence kind = anyKind(request, seed);
        bytes memory proof = freshEvidence(kind, request, result);
        vm.prank(node);
        market.fulfil(request, result, kind, proof);
    }

    function prove(uint256 seed) external acting("prove", address(0)) {
        seed = mix(seed);
        Request memory request = findProvable(seed, State.DELIVERED);
        Result memory result = answers[touched];
        Evidence kind = missingKind(request, market.recordOf(ids[touched]).evidence);
        bytes memory proof = freshEvidence(kind, request, result);
        vm.prank(STRANGER);
        market.prove(request, result, kind, proof);
    }

    function finalize(uint256 seed) external acting("finalize", address(0)) {
        for (touched = 0; touched < tracked.length; ++touched) {
            if (lastState[touched] != State.DELIVERED) continue;
            uint40 end = market.finalAt(tracked[touched]);
            if (end == 0) continue; // required evidence is missing
            if (time() < end && seed % 2 == 0) jumpTo(end);
            market.finalize(tracked[touched], answers[touched]);
            return;
        }
        revert Skipped();
    }

    function refund(uint256 seed) external acting("refund", address(0)) {
        seed = mix(seed);
        State[3] memory states = [State.OPEN, State.ASSIGNED, State.DELIVERED];
        Request memory request = findOldest(states[seed % 3]);
        market.refund(request, answers[touched]);
    }

    function rescue(uint256 seed) external acting("rescue", address(0)) {
        seed = mix(seed);
        Request memory request = findProvable(seed, State.ASSIGNED);
        address node = pick(nodes, seed >> 8);
        if (node == lastNode[touched]) node = node == NODE ? RIVAL : NODE;
        Result memory result = Result(RIGHT, UNITS, node);
        Evidence kind = missingKind(request, NO_EVIDENCE);
        if (time() < request.deliverBy && seed % 2 == 0) jumpTo(request.deliverBy);
        bytes memory proof = freshEvidence(kind, request, result);
        uint128 reward = (models.termsOf(request.modelId).bond + request.declaredValue) / 2;
        vm.prank(node);
        market.rescue(request, result, kind, proof);
        recovered += reward;
    }

    /* DISPUTES */

    function challenge(uint256 seed) external acting("challenge", CHALLENGER) {
        Request memory request = findOpenWindow();
        Result memory result = answers[touched];
        Result memory claim = Result(result.outputCommitment == RIGHT ? WRONG : RIGHT, UNITS, result.node);
        bytes32 salt = keccak256(abi.encode(seed));
        bytes32 commitment = court.challengeCommitment(CHALLENGER, ids[touched], claim, salt);
        vm.prank(CHALLENGER);
        court.commitChallenge(commitment);
        mine(1);
        vm.prank(CHALLENGER);
        court.challenge(request, result, claim, salt);
    }

    function decide() external acting("decide", address(0)) {
        (Request memory request, Evidence kind) = findUndecided();
        Result memory proved = Result(RIGHT, UNITS, NODE);
        bytes memory proof = freshEvidence(kind, request, proved);
        uint256 before = token.balanceOf(address(market));
        vm.prank(STRANGER);
        court.decide(request, answers[touched], proved, proof);
        recovered += token.balanceOf(address(market)) - before;
    }

    function conclude(uint256 seed) external acting("conclude", address(0)) {
        seed = mix(seed);
        Request memory request = find(seed, State.DISPUTED);
        Dispute memory dispute = court.disputeOf(market.requestId(request));
        uint40 end = dispute.arbiter == Evidence.VANILLA ? dispute.revealBy : dispute.evidenceBy;
        if (time() < end && seed % 4 == 0) jumpTo(end);
        uint256 before = token.balanceOf(address(market));
        court.conclude(request, answers[touched]);
        recovered += token.balanceOf(address(market)) - before;
    }

    /* STAKE */

    function stakeIn(uint256 seed, uint128 amount) external acting("stakeIn", address(0)) {
        seed = mix(seed);
        address node = pick(nodes, seed);
        amount = 1 + (amount % 50_000);
        token.mint(address(this), amount);
        token.approve(address(registry), amount);
        registry.addStake(node, amount);
        staked += amount;
        vm.prank(node);
        registry.optIn(modelsServed[(seed >> 8) % modelsServed.length], amount);
    }

    function stakeOut(uint256 seed, uint128 amount) external acting("stakeOut", address(0)) {
        seed = mix(seed);
        address node = pick(nodes, seed);
        bytes32 modelId = modelsServed[(seed >> 8) % modelsServed.length];
        uint128 opted = registry.modelStakeOf(node, modelId).opted;
        if (opted == 0) revert Skipped();
        amount = 1 + (amount % opted);
        // Not `startPrank`, which would outlive a call that reverts.
        vm.prank(node);
        registry.optOut(modelId, amount > 2_000 ? 2_000 : amount);
        vm.prank(node);
        registry.beginUnbonding(amount > 2_000 ? 2_000 : amount);
    }

    function withdrawStake(uint256 seed) external acting("withdrawStake", address(0)) {
        seed = mix(seed);
        address node = pick(nodes, seed);
        uint128 leaving = registry.nodeOf(node).unbonding;
        if (leaving == 0) revert Skipped();
        uint40 end = registry.nodeOf(node).unbondedAt;
        if (time() < end && seed % 4 == 0) jumpTo(end);
        vm.prank(node);
        registry.withdrawStake(node);
        unstaked += leaving;
    }

    /* WORLD */

    function wait(uint256 duration) external acting("wait", address(0)) {
        jumpTo(time() + uint40(1 + (mix(duration) % 60)));
    }

    function waitLong(uint256 choice) external acting("waitLong", address(0)) {
        choice = mix(choice);
        uint40[4] memory durations = [CHALLENGE_WINDOW, TEE_WINDOW, uint40(1 days), UNBONDING_PERIOD];
        // Mostly windows: after a week most requests are late.
        jumpTo(time() + durations[choice % 64 == 0 ? 3 : (choice % 64 == 1 ? 2 : choice % 2)]);
    }

    /// @dev Mostly not: only admissions stop.
    function pauseOrNot(uint256 choice) external acting("pause", address(0)) {
        if (market.paused()) market.unpause();
        else if (mix(choice) % 4 == 0) market.pause();
    }

    /* CHOICES */

    /// @dev The fuzzer likes small and round numbers, which would choose the same again and again.
    function mix(uint256 seed) private view returns (uint256) {
        return uint256(keccak256(abi.encode(seed, tracked.length)));
    }

    function anyRequest(uint256 seed) private returns (Request memory request) {
        bytes32 modelId = modelsServed[(seed >> 16) % modelsServed.length];
        EvidenceSet paths = models.termsOf(modelId).paths;
        request = requestFor(modelId);
        request.client = pick(clients, seed);
        request.node = seed % 4 != 0 ? pick(nodes, seed >> 8) : address(0);
        request.inputCommitment = INPUT;
        request.unitPrice = PRICE;
        request.maxFee = uint128((seed >> 24) % 2_000);
        request.deliverBy = time() + 600;
        request.proveBy = time() + 1_500;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + TEE_WINDOW + DISPUTE_WINDOW;
        request.declaredValue = uint128((seed >> 36) % 5_000);
        if ((seed >> 40) % 2 == 0) (request.dataNode, request.dataCommitment) = (DATA_NODE, DATA);
        // A random subset of what the model can prove.
        for (uint8 kind = 1; kind < 3; ++kind) {
            bool wanted = (seed >> (48 + kind)) % 2 == 0;
            if (wanted && paths.has(Evidence(kind))) {
                request.requiredEvidence = request.requiredEvidence.plus(Evidence(kind));
            }
        }
    }

    /// @dev Sometimes other units than a model's fixed ones, which the market refuses.
    function anyResult(Request memory request, address node, uint256 seed) private view returns (Result memory) {
        uint40 units = models.modelOf(request.modelId).unitsPerInference;
        if (units == 0 || (seed >> 70) % 8 == 0) units = uint40((seed >> 60) % 120);
        return Result((seed >> 56) % 4 == 0 ? WRONG : RIGHT, units, node);
    }

    function anyKind(Request memory request, uint256 seed) private view returns (Evidence kind) {
        kind = Evidence(uint8((seed >> 72) % 3));
        if (!models.termsOf(request.modelId).paths.has(kind)) kind = Evidence.VANILLA;
    }

    /// @dev A proof or a signature that the model has and the result has not, a required one first.
    function missingKind(Request memory request, EvidenceSet present) private view returns (Evidence) {
        EvidenceSet missing = request.requiredEvidence.minus(present);
        if (missing.isEmpty()) missing = models.termsOf(request.modelId).paths.minus(present.plus(Evidence.VANILLA));
        if (missing.isEmpty()) revert Skipped();
        return missing.first();
    }

    function find(uint256 seed, State state) private returns (Request memory) {
        return find(seed, state, 0);
    }

    /// @dev The same, of a model that has more paths than the claim.
    function findProvable(uint256 seed, State state) private returns (Request memory) {
        return find(seed, state, modelsServed[0]);
    }

    /// @dev One of the newest requests in this state, of any model but one. Reverts if there is none.
    function find(uint256 seed, State state, bytes32 except) private returns (Request memory) {
        uint256 skip = seed % 3;
        for (uint256 left = tracked.length; left > 0; --left) {
            if (lastState[left - 1] != state || tracked[left - 1].modelId == except) continue;
            touched = left - 1;
            if (skip == 0) break;
            --skip;
        }
        if (touched == type(uint256).max) revert Skipped();
        return tracked[touched];
    }

    /// @dev The oldest request in this state. Reverts if there is none.
    function findOldest(State state) private returns (Request memory) {
        for (touched = 0; touched < tracked.length; ++touched) if (lastState[touched] == state) return tracked[touched];
        revert Skipped();
    }

    /// @dev The newest result that can be challenged.
    function findOpenWindow() private returns (Request memory) {
        for (uint256 left = tracked.length; left > 0; --left) {
            touched = left - 1;
            if (lastState[touched] == State.DELIVERED && market.finalAt(tracked[touched]) > time()) {
                return tracked[touched];
            }
        }
        revert Skipped();
    }

    /// @dev The newest dispute that a proof or a signature decides, in time.
    function findUndecided() private returns (Request memory, Evidence) {
        for (uint256 left = tracked.length; left > 0; --left) {
            touched = left - 1;
            if (lastState[touched] != State.DISPUTED) continue;
            Dispute memory dispute = court.disputeOf(ids[touched]);
            if (dispute.arbiter != Evidence.VANILLA && dispute.evidenceBy > time()) {
                return (tracked[touched], dispute.arbiter);
            }
        }
        revert Skipped();
    }

    /// @dev An enclave's key counts for a day, which is soon over: then the node has another one admitted.
    function freshEvidence(Evidence kind, Request memory request, Result memory result) private returns (bytes memory) {
        (address node, bytes32 modelId) = (result.node, request.modelId);
        if (kind == Evidence.TEE && !enclaves.isLive(vm.addr(enclaveKeyOf(node, modelId)), node, modelId)) {
            ++_keysBefore[node][modelId];
            admitEnclave(node, modelId);
        }
        return realEvidence(kind, request, result);
    }

    function enclaveKeyOf(address node, bytes32 modelId) internal view override returns (uint256) {
        return super.enclaveKeyOf(node, modelId) + _keysBefore[node][modelId];
    }

    function pick(address[] storage list, uint256 seed) private view returns (address) {
        return list[seed % list.length];
    }

    function claimWith(Evidence kind) private pure returns (EvidenceSet) {
        return setOf(Evidence.VANILLA).plus(kind);
    }
}
