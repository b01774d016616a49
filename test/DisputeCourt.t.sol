// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../contracts/DisputeCourt.sol";
import {CourtParameters, IDisputeCourt} from "../contracts/interfaces/IDisputeCourt.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Dispute} from "../contracts/types/Dispute.sol";
import {ALL_EVIDENCE, Evidence} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {State, Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";
import {newDisputeCourt} from "./support/Deployer.sol";

/// @notice Deployment, and challenges up to the moment they are open.
contract DisputeCourtTest is CourtFixture {
    /* DEPLOY */

    function test_constructor() public view {
        vm.assertEq(keccak256(abi.encode(court.parameters())), keccak256(abi.encode(courtParameters())), "parameters");
        vm.assertEq(court.market(), address(market), "market");
        vm.assertEq(court.longestDispute(), 3_000, "a jury takes longer than a proof");
        vm.assertLt(address(court).code.length, 24_576, "fits the size limit");
    }

    function test_constructor_acceptsTheLimits() public {
        CourtParameters memory parameters = courtParameters();
        parameters.jurySize = 31;
        parameters.seedDelay = 200;
        parameters.burnBps = 10_000;
        parameters.challengeBond = type(uint96).max;
        parameters.proveWindow = DISPUTE_WINDOW;
        parameters.commitWindow = DISPUTE_WINDOW - 1;
        parameters.revealWindow = 1;
        vm.assertEq(newDisputeCourt(address(market), parameters).longestDispute(), DISPUTE_WINDOW, "longest dispute");

        parameters.jurySize = 1;
        parameters.seedDelay = 1;
        parameters.burnBps = 5_000;
        parameters.challengeBond = 1;
        parameters.commitWindow = 1;
        vm.assertEq(newDisputeCourt(address(market), parameters).parameters().burnBps, 5_000, "burns half");
        vm.assertEq(newDisputeCourt(address(market), parameters).longestDispute(), DISPUTE_WINDOW, "a proof's window");
    }

    function test_RevertWhen_constructor_parametersInvalid() public {
        CourtParameters memory p = courtParameters();
        p.proveWindow = 0;
        refuse(p);
        p.proveWindow = DISPUTE_WINDOW + 1;
        refuse(p);
        p = courtParameters();
        p.commitWindow = 0;
        refuse(p);
        p.commitWindow = DISPUTE_WINDOW - p.revealWindow + 1;
        refuse(p);
        p.commitWindow = type(uint40).max;
        refuse(p);
        p = courtParameters();
        p.revealWindow = 0;
        refuse(p);
        p = courtParameters();
        p.jurySize = 0;
        refuse(p);
        p.jurySize = 4;
        refuse(p);
        p.jurySize = 33;
        refuse(p);
        p = courtParameters();
        p.burnBps = 10_001;
        refuse(p);
        p.burnBps = 4_999;
        refuse(p);
        p.burnBps = 0;
        refuse(p);
        p = courtParameters();
        p.seedDelay = 0;
        refuse(p);
        p.seedDelay = 201;
        refuse(p);
        p = courtParameters();
        p.challengeBond = 0;
        refuse(p);
        p.challengeBond = uint128(type(uint96).max) + 1;
        refuse(p);
    }

    function refuse(CourtParameters memory parameters) private {
        expect(abi.encodeWithSelector(IDisputeCourt.CourtParametersInvalid.selector));
        newDisputeCourt(address(market), parameters);
    }

    /* CHALLENGE */

    function test_challenge() public {
        Request memory request = delivered(modelFor[0], WRONG);
        RequestId id = market.requestId(request);
        Result memory claim = resultOf(RIGHT);
        commitChallenge(CHALLENGER, request, claim);
        uint128 balance = market.balanceOf(CHALLENGER);

        vm.expectEmit(address(court));
        emit IDisputeCourt.ChallengeOpened(id, CHALLENGER, Evidence.VANILLA, claim, START + 1_800);
        openChallenge(CHALLENGER, request, claim);

        Dispute memory dispute = court.disputeOf(id);
        vm.assertEq(dispute.challenger, CHALLENGER, "challenger");
        vm.assertEq(dispute.openedAt, START, "opened at");
        vm.assertEq(dispute.evidenceBy, START + 1_800, "votes committed before");
        vm.assertEq(dispute.revealBy, START + 3_000, "votes revealed before");
        vm.assertEq(dispute.seedBlock, block.number + 4, "seed block");
        vm.assertEq(dispute.bond, CHALLENGE_BOND, "bond");
        vm.assertEq(dispute.outputCommitment, RIGHT, "claimed output");
        vm.assertEq(dispute.node, NODE, "challenged node");
        vm.assertEq(dispute.units, UNITS, "claimed units");
        assertVerdict(request, Verdict.NONE, "no verdict yet");
        assertState(request, State.DISPUTED, "frozen");
        vm.assertEq(market.bonds(), CHALLENGE_BOND, "the bond is the court's");
        vm.assertEq(market.balanceOf(CHALLENGER), balance - CHALLENGE_BOND, "the bond was the challenger's");
    }

    function test_challenge_ofUnitsAlone() public {
        Request memory request = delivered(modelFor[0], RIGHT);
        Result memory claim = resultOf(RIGHT);
        claim.units = UNITS - 1;
        challenge(CHALLENGER, request, claim);
        assertState(request, State.DISPUTED, "units are part of the claim");
    }

    function test_challenge_arbiterIsTheStrongest() public {
        for (uint8 path = 0; path < 3; ++path) {
            Dispute memory dispute = disputeOf(disputed(modelFor[path], WRONG));
            vm.assertEq(uint256(dispute.arbiter), path, "arbiter");
            vm.assertEq(dispute.evidenceBy, START + 1_800, "evidence before");
            vm.assertEq(dispute.revealBy, path == 0 ? START + 3_000 : 0, "only a jury reveals");
            vm.assertEq(dispute.seedBlock != 0, path == 0, "only a jury is drawn");
        }

        bytes32 all = registerModel(modelOf(ALL_EVIDENCE));
        serve(NODE, all, MODEL_BOND);
        vm.assertEq(uint256(disputeOf(disputed(all, WRONG)).arbiter), uint256(Evidence.ZKML), "a proof decides first");
    }

    /* COMMIT AND REVEAL */

    function test_commitChallenge() public {
        vm.expectEmit(address(court));
        emit IDisputeCourt.ChallengeCommitted(CHALLENGER, RIGHT);
        vm.prank(CHALLENGER);
        court.commitChallenge(RIGHT);

        expect(abi.encodeWithSelector(IDisputeCourt.ChallengeCommitmentExists.selector, RIGHT));
        court.commitChallenge(RIGHT);
    }

    function test_challengeCommitment_bindsEverything() public {
        RequestId id = RequestId.wrap(keccak256("id"));
        Result memory claim = resultOf(RIGHT);
        bytes32[9] memory hashes;
        hashes[0] = court.challengeCommitment(CHALLENGER, id, claim, SALT);
        hashes[1] = court.challengeCommitment(STRANGER, id, claim, SALT);
        hashes[2] = court.challengeCommitment(CHALLENGER, RequestId.wrap(keccak256("other")), claim, SALT);
        hashes[3] = court.challengeCommitment(CHALLENGER, id, claim, keccak256("other"));
        hashes[4] = court.challengeCommitment(CHALLENGER, id, Result(WRONG, UNITS, NODE), SALT);
        hashes[5] = court.challengeCommitment(CHALLENGER, id, Result(RIGHT, UNITS + 1, NODE), SALT);
        hashes[6] = court.challengeCommitment(CHALLENGER, id, Result(RIGHT, UNITS, STRANGER), SALT);
        hashes[7] = newDisputeCourt(address(market), courtParameters()).challengeCommitment(
            CHALLENGER,
            id,
            claim,
            SALT
        );
        vm.chainId(84_532);
        hashes[8] = court.challengeCommitment(CHALLENGER, id, claim, SALT);

        for (uint256 i = 0; i < hashes.length; ++i) {
            for (uint256 j = 0; j < i; ++j) vm.assertNotEq(hashes[i], hashes[j], "each field changes the commitment");
        }
    }

    function test_RevertWhen_challenge_uncommitted() public {
        Request memory request = delivered(modelFor[0], WRONG);
        expectUncommitted(CHALLENGER, request);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    function test_RevertWhen_challenge_inTheSameBlock() public {
        Request memory request = delivered(modelFor[0], WRONG);
        court.commitChallenge(commitment(CHALLENGER, request, resultOf(RIGHT)));
        expectUncommitted(CHALLENGER, request);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));

        mine(1);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
        assertState(request, State.DISPUTED, "one block later it opens");
    }

    /// @dev The copier sees the opening in the mempool: it has no commitment of its own in an earlier block.
    function test_RevertWhen_challenge_copiedFromTheMempool() public {
        Request memory request = delivered(modelFor[0], WRONG);
        fund(STRANGER, PLENTY);
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));

        expectUncommitted(STRANGER, request);
        openChallenge(STRANGER, request, resultOf(RIGHT));
        court.commitChallenge(commitment(STRANGER, request, resultOf(RIGHT)));
        expectUncommitted(STRANGER, request);
        openChallenge(STRANGER, request, resultOf(RIGHT));

        openChallenge(CHALLENGER, request, resultOf(RIGHT));
        vm.assertEq(disputeOf(request).challenger, CHALLENGER, "the author of the challenge");
    }

    /// @dev A stranger who posts the victim's commitment first only spares it the gas.
    function test_challenge_committedBySomebodyElse() public {
        Request memory request = delivered(modelFor[0], WRONG);
        bytes32 hash = commitment(CHALLENGER, request, resultOf(RIGHT));
        vm.prank(STRANGER);
        court.commitChallenge(hash);
        mine(1);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
        vm.assertEq(disputeOf(request).challenger, CHALLENGER, "the challenger it names");
    }

    function test_challenge_usesItsCommitmentUp() public {
        Request memory request = disputed(modelFor[0], WRONG);
        expectUncommitted(CHALLENGER, request);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    function expectUncommitted(address challenger, Request memory request) private {
        bytes32 hash = commitment(challenger, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IDisputeCourt.ChallengeUncommitted.selector, hash));
    }

    /* WHAT CANNOT BE CHALLENGED */

    function test_RevertWhen_challenge_claimIsTheNodes() public {
        Request memory request = delivered(modelFor[0], RIGHT);
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IDisputeCourt.ChallengeClaimEqual.selector, market.requestId(request)));
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    function test_RevertWhen_challenge_ofAnotherNode() public {
        Request memory request = delivered(modelFor[0], WRONG);
        Result memory claim = Result(RIGHT, UNITS, STRANGER);
        commitChallenge(CHALLENGER, request, claim);
        expect(abi.encodeWithSelector(IInferenceMarket.NodeMismatch.selector, STRANGER, NODE));
        openChallenge(CHALLENGER, request, claim);
    }

    function test_RevertWhen_challenge_bySelf() public {
        Request memory request = delivered(modelFor[0], WRONG);
        fund(NODE, PLENTY);
        commitChallenge(NODE, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IDisputeCourt.ChallengeBySelf.selector, NODE));
        openChallenge(NODE, request, resultOf(RIGHT));
    }

    function test_RevertWhen_challenge_withoutTheBond() public {
        Request memory request = delivered(modelFor[0], WRONG);
        fund(STRANGER, CHALLENGE_BOND - 1);
        commitChallenge(STRANGER, request, resultOf(RIGHT));
        expect(
            abi.encodeWithSelector(
                IInferenceMarket.BalanceInsufficient.selector,
                STRANGER,
                CHALLENGE_BOND - 1,
                CHALLENGE_BOND
            )
        );
        openChallenge(STRANGER, request, resultOf(RIGHT));
    }

    function test_RevertWhen_challenge_beforeDelivery() public {
        Request memory request = requestFor(modelFor[0]);
        RequestId id = open(request);
        accept(request, NODE);
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IInferenceMarket.StateMismatch.selector, id, State.ASSIGNED));
        vm.prank(CHALLENGER);
        court.challenge(request, resultOf(WRONG), resultOf(RIGHT), SALT);
    }

    function test_RevertWhen_challenge_requiredEvidenceIsMissing() public {
        Request memory request = requestFor(modelFor[1]);
        request.requiredEvidence = setOf(Evidence.ZKML);
        RequestId id = open(request);
        deliver(request, resultOf(WRONG));
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));
        expect(abi.encodeWithSelector(IInferenceMarket.WindowNotStarted.selector, id));
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    function test_RevertWhen_challenge_afterFinal() public {
        Request memory request = delivered(modelFor[0], WRONG);
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));
        pass(CHALLENGE_WINDOW);
        market.finalize(request, deliveredTo(request));
        expectState(request, State.FINAL);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    function test_RevertWhen_challenge_twiceInOneBlock() public {
        Request memory request = delivered(modelFor[0], WRONG);
        fund(STRANGER, PLENTY);
        court.commitChallenge(commitment(STRANGER, request, resultOf(RIGHT)));
        challenge(CHALLENGER, request, resultOf(RIGHT));

        expectState(request, State.DISPUTED);
        openChallenge(STRANGER, request, resultOf(RIGHT));
        vm.assertEq(disputeOf(request).challenger, CHALLENGER, "the first keeps the dispute");
        vm.assertEq(market.bonds(), CHALLENGE_BOND, "one bond");
    }

    function test_RevertWhen_challenge_afterAVerdict() public {
        Request memory request = disputed(modelFor[1], WRONG);
        prove(request);
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));
        expectState(request, State.REJECTED);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    function expectState(Request memory request, State state) private {
        expect(abi.encodeWithSelector(IInferenceMarket.StateMismatch.selector, market.requestId(request), state));
    }

    /* WINDOW */

    /// @dev I6: with the required evidence there, exactly one of challenge and finalize is possible at any time.
    function testFuzz_windowComplement(uint256 duration, bool signed) public {
        Model memory model = modelOf(setOf(Evidence.VANILLA).plus(Evidence.TEE));
        model.teeWindow = TEE_WINDOW;
        bytes32 modelId = registerModel(model);
        serve(NODE, modelId, MODEL_BOND);
        Request memory request = delivered(modelId, WRONG);
        Result memory claim = resultOf(RIGHT);
        bytes memory signature = evidenceFor(Evidence.TEE, request, resultOf(WRONG));
        if (signed) market.prove(request, resultOf(WRONG), Evidence.TEE, signature);
        commitChallenge(CHALLENGER, request, claim);
        uint40 end = signed ? TEE_WINDOW : CHALLENGE_WINDOW;

        checkComplement(request, claim, end - 1, true);
        checkComplement(request, claim, end, false);
        checkComplement(request, claim, end + 1, false);
        duration %= 3 * CHALLENGE_WINDOW;
        checkComplement(request, claim, duration, duration < end);
    }

    function checkComplement(
        Request memory request,
        Result memory claim,
        uint256 duration,
        bool challengeable
    ) private {
        uint256 snapshot = vm.snapshotState();
        vm.warp(START + duration);
        if (challengeable) {
            vm.expectPartialRevert(IInferenceMarket.WindowOpen.selector);
            market.finalize(request, deliveredTo(request));
            openChallenge(CHALLENGER, request, claim);
            assertState(request, State.DISPUTED, "challenged before the end");
        } else {
            vm.expectPartialRevert(IInferenceMarket.WindowClosed.selector);
            openChallenge(CHALLENGER, request, claim);
            market.finalize(request, deliveredTo(request));
            assertState(request, State.FINAL, "final from the end on");
        }
        vm.revertToState(snapshot);
    }

    function testFuzz_RevertWhen_challenge_orFinalize_requiredEvidenceIsMissing(uint256 duration) public {
        Request memory request = requestFor(modelFor[2]);
        request.requiredEvidence = setOf(Evidence.TEE);
        open(request);
        deliver(request, resultOf(WRONG));
        commitChallenge(CHALLENGER, request, resultOf(RIGHT));
        vm.warp(START + (duration % (3 * CHALLENGE_WINDOW)));

        vm.expectPartialRevert(IInferenceMarket.WindowNotStarted.selector);
        market.finalize(request, deliveredTo(request));
        vm.expectPartialRevert(IInferenceMarket.WindowNotStarted.selector);
        openChallenge(CHALLENGER, request, resultOf(RIGHT));
    }

    /* STAKE BEHIND A CLAIM */

    /// @dev The node cannot take away what a challenge may cost it, neither before the challenge nor during the dispute.
    function test_RevertWhen_nodeOptsOutOfItsBond() public {
        serve(NODE, modelFor[0], PLENTY / 10);
        Request memory request = delivered(modelFor[0], WRONG);
        expectLocked();
        vm.prank(NODE);
        registry.optOut(modelFor[0], PLENTY / 5);

        challenge(CHALLENGER, request, resultOf(RIGHT));
        expectLocked();
        vm.prank(NODE);
        registry.optOut(modelFor[0], PLENTY / 5);
    }

    function expectLocked() private {
        expect(
            abi.encodeWithSelector(
                INodeRegistry.ModelStakeInsufficient.selector,
                NODE,
                modelFor[0],
                PLENTY / 5 - MODEL_BOND,
                PLENTY / 5
            )
        );
    }
}
