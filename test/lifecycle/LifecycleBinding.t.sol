// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../../contracts/DisputeCourt.sol";
import {InferenceMarket} from "../../contracts/InferenceMarket.sol";
import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Evidence} from "../../contracts/types/Evidence.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "../support/LifecycleFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice I9: evidence stands for exactly one result of one request, on one market of one chain.
contract LifecycleBindingTest is LifecycleFixture {
    /* REQUEST: every field of it */

    function test_evidence_isForOneRequest() public onEachProvingPath {
        Request memory request = requestOn(path);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            openFor(other);
            expectInvalid(other, path);
            vm.prank(NODE);
            market.fulfil(other, resultOf(RIGHT), path, proof);
        }
        open(request);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), path, proof);
        assertState(request, State.FINAL, on(path, "unchanged, it is accepted"));
    }

    function test_proveLater_isForOneRequest() public onEachProvingPath {
        Request memory request = requestOn(path);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            openFor(other);
            if (field == 1) accept(other, NODE);
            deliverRight(other, NODE);
            expectInvalid(other, path);
            market.prove(other, resultOf(RIGHT), path, proof);
        }
    }

    /// @dev Whoever changes a field of a delivered request speaks of another request, which nobody opened.
    function test_calls_areAboutOneRequest() public onEachPath {
        Request memory request = relaxedOn(path);
        answer(request, Evidence.VANILLA);
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            expectState(other, State.NONE);
            market.refund(other, resultOf(RIGHT));
            expectState(other, State.NONE);
            market.finalize(other, resultOf(RIGHT));
            expectState(other, State.NONE);
            accept(other, NODE);
            expectState(other, State.NONE);
            deliverRight(other, NODE);
        }
    }

    function test_requestId_coversEveryField() public {
        Request memory request = requestOn(Evidence.TEE);
        RequestId id = market.requestId(request);
        for (uint256 field = 0; field < FIELDS; ++field) {
            vm.assertTrue(market.requestId(changed(request, field)) != id, "the field is part of the id");
        }
    }

    /* RESULT: output, units and node */

    function test_evidence_isForOneResult() public onEachProvingPath {
        Request memory request = unnamedOn(path);
        open(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        Result[3] memory others = [
            Result(WRONG, UNITS, NODE),
            Result(RIGHT, UNITS + 1, NODE),
            Result(RIGHT, UNITS, RIVAL)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            // A model with a circuit has fixed units.
            bool unitsAreFixed = path == Evidence.ZKML && i == 1;
            if (unitsAreFixed) expectUnits(UNITS + 1);
            else expectInvalid(request, path);
            vm.prank(others[i].node);
            market.fulfil(request, others[i], path, proof);
        }
        bring(request, resultOf(RIGHT), path);
        assertState(request, State.FINAL, on(path, "unchanged, it is accepted"));
    }

    /// @dev Proofs of another output, and of the same bytes for another digest.
    function test_proof_isForOneOutput() public {
        Request memory request = requestOn(Evidence.ZKML);
        Result memory result = resultOf(RIGHT);
        bytes32 digest = market.resultDigest(open(request), result);
        bytes[3] memory bad = [
            proofOf(INPUT, "wrong", digest),
            proofOf(keccak256("other input") >> 8, "right", digest),
            proofOf(INPUT, "right", keccak256("other digest"))
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            expectInvalid(request, Evidence.ZKML);
            vm.prank(NODE);
            market.fulfil(request, result, Evidence.ZKML, bad[i]);
        }
    }

    function test_signature_ofAnotherEnclave() public {
        Request memory request = requestOn(Evidence.TEE);
        Result memory result = resultOf(RIGHT);
        bytes32 digest = market.resultDigest(open(request), result);
        uint256[3] memory keys = [
            enclaveKeyOf(RIVAL, request.modelId),
            enclaveKeyOf(NODE, addModelWithBoth()),
            uint256(keccak256("anybody"))
        ];
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes memory signature = signatureBy(keys[i], digest);
            expectInvalid(request, Evidence.TEE);
            vm.prank(NODE);
            market.fulfil(request, result, Evidence.TEE, signature);
        }
    }

    /* CLAIMS: are the node's own transactions */

    function test_claim_isTheNodesOwn() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        expectMismatch(NODE, STRANGER);
        vm.prank(STRANGER);
        market.fulfil(request, resultOf(RIGHT), Evidence.VANILLA, "");
        expectMismatch(RIVAL, NODE);
        deliverRight(request, RIVAL);
        accept(request, NODE);
        expectMismatch(RIVAL, NODE);
        deliverRight(request, RIVAL);
    }

    function test_claim_hasNoEvidence() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        expectInvalid(request, Evidence.VANILLA);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), Evidence.VANILLA, "something");
    }

    /* MEMPOOL: a copy pays its author, or nobody */

    function test_copy_ofAResult() public onEachProvingPath {
        Request memory request = unnamedOn(path);
        Purses memory before = pursesOf(request);
        open(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));

        expectMismatch(NODE, RIVAL);
        vm.prank(RIVAL);
        market.fulfil(request, resultOf(RIGHT), path, proof);

        bring(request, resultOf(RIGHT), path);
        assertPaid(request, before, "the author is paid");
    }

    /// @dev Anybody may bring evidence for what a node delivered; it pays the node.
    function test_copy_ofLaterEvidence() public onEachProvingPath {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.prank(RIVAL);
        market.prove(request, resultOf(RIGHT), path, proof);
        assertPaid(request, before, "the author is paid");
    }

    /* CHAIN AND MARKET */

    function test_everything_isForOneChain() public onEachPath {
        Request memory request = requestOn(path);
        RequestId id = market.requestId(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.chainId(84_532);
        vm.assertTrue(market.requestId(request) != id, on(path, "another id"));
        if (path != Evidence.VANILLA) {
            open(request);
            expectInvalid(request, path);
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), path, proof);
        }
        vm.chainId(31_337);
    }

    function test_everything_isForOneMarket() public onEachPath {
        Request memory request = requestOn(path);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        RequestId id = market.requestId(request);
        market = secondMarket();
        vm.assertTrue(market.requestId(request) != id, on(path, "another id"));

        if (path != Evidence.VANILLA) {
            open(request);
            expectInvalid(request, path);
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), path, proof);
        }
    }

    function secondMarket() private returns (InferenceMarket second) {
        second = deployMarket(address(token), address(proofs), address(enclaves), marketParameters());
        second.appointCourt(address(court));
        token.mint(address(this), PLENTY);
        token.approve(address(second), PLENTY);
        second.deposit(CLIENT, PLENTY);
    }

    /* HELPERS */

    function expectUnits(uint40 units) private {
        expect(abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, units, UNITS));
    }

    function openFor(Request memory request) private {
        if (market.balanceOf(request.client) < request.maxFee) fund(request.client, PLENTY);
        open(request);
    }
}
