// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dispute, Vote} from "../contracts/types/Dispute.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {State, Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Opens, disputes and ends many requests of one node at once, by every way there is, and keeps its own books.
contract DisputeCourtHandler is CourtFixture {
    uint256 public constant MOST_REQUESTS = 40;
    uint256 public constant VERIFIERS = 5;

    Request[] private _requests;
    mapping(RequestId id => mapping(address juror => bytes32)) private _secrets;

    mapping(RequestId id => State) public endOf;
    mapping(string call => uint256) public calls;

    constructor() {
        super.setUp();
        registerVerifiers(VERIFIERS);
        for (uint256 i = 0; i < VERIFIERS; ++i) enrich(verifierAt(i));
    }

    /// @dev Everything is set up once; the fuzzer may call this too.
    function setUp() public override {}

    /// @dev So that slashing does not empty the draw table.
    function enrich(address verifier) private {
        token.mint(address(this), PLENTY);
        token.approve(address(registry), PLENTY);
        registry.addStake(verifier, PLENTY);
    }

    /* CALLS */

    function order(uint8 path, bool right) external {
        if (_requests.length == MOST_REQUESTS) return;
        _requests.push(delivered(modelFor[path % 3], right ? RIGHT : WRONG));
        ++calls["order"];
    }

    function challengeAnswer(uint256 seed) external {
        (Request memory request, bool found) = find(seed, isChallengeable);
        if (!found) return;
        bool right = market.recordOf(market.requestId(request)).outputCommitment == RIGHT;
        challenge(CHALLENGER, request, resultOf(right ? WRONG : RIGHT));
        ++calls["challenge"];
    }

    function decide(uint256 seed, bool right) external {
        (Request memory request, bool found) = find(seed, isDecidable);
        if (!found) return;
        Result memory result = resultOf(right ? RIGHT : WRONG);
        court.decide(request, result, evidenceFor(disputeOf(request).arbiter, request, result));
        ++calls["decide"];
        finish(request);
    }

    function draw(uint256 seed) external {
        (Request memory request, bool found) = find(seed, isDrawable);
        if (!found) return;
        drawJury(request);
        ++calls["drawJury"];
    }

    function commitSecret(uint256 seed, bool right) external {
        (Request memory request, bool found) = find(seed, isCommittable);
        if (!found) return;
        (address juror, ) = silentJuror(request, false);
        bytes32 secret = right ? RIGHT : WRONG;
        commitVote(request, juror, secret);
        _secrets[market.requestId(request)][juror] = secret;
        ++calls["commitVote"];
    }

    function revealSecret(uint256 seed) external {
        (Request memory request, bool found) = find(seed, isRevealable);
        if (!found) return;
        (address juror, ) = silentJuror(request, true);
        revealVote(request, juror, _secrets[market.requestId(request)][juror]);
        ++calls["revealVote"];
    }

    function conclude(uint256 seed) external {
        (Request memory request, bool found) = find(seed, isConcludable);
        if (!found) return;
        court.conclude(request);
        ++calls["conclude"];
        finish(request);
    }

    function finalize(uint256 seed) external {
        (Request memory request, bool found) = find(seed, isFinalizable);
        if (!found) return;
        market.finalize(request);
        ++calls["finalize"];
        finish(request);
    }

    function wait(uint256 duration) external {
        pass(duration % 400);
        ++calls["wait"];
    }

    /// @dev Remembers the end of a request, which must be its only one.
    function finish(Request memory request) private {
        RequestId id = market.requestId(request);
        vm.assertEq(uint256(endOf[id]), uint256(State.NONE), "one end");
        endOf[id] = stateOf(request);
        ++calls[["", "upheld", "rejected", "undecided"][uint256(court.disputeOf(id).verdict)]];
    }

    /* CHOICES: calls that would only be refused teach nothing */

    function find(
        uint256 seed,
        function(Request memory) view returns (bool) fits
    ) private view returns (Request memory request, bool found) {
        uint256 count = _requests.length;
        for (uint256 i = 0; i < count; ++i) {
            request = _requests[((seed % count) + i) % count];
            if (fits(request)) return (request, true);
        }
    }

    function isChallengeable(Request memory request) private view returns (bool) {
        return stateOf(request) == State.DELIVERED && time() < market.finalAt(request);
    }

    function isFinalizable(Request memory request) private view returns (bool) {
        return stateOf(request) == State.DELIVERED && time() >= market.finalAt(request);
    }

    function isDecidable(Request memory request) private view returns (bool) {
        Dispute memory dispute = disputeOf(request);
        return isOpen(dispute) && dispute.arbiter != Evidence.VANILLA && time() < dispute.evidenceBy;
    }

    function isDrawable(Request memory request) private view returns (bool) {
        Dispute memory dispute = disputeOf(request);
        bool drawn = court.jurorsOf(market.requestId(request)).length != 0;
        return isOpen(dispute) && dispute.arbiter == Evidence.VANILLA && !drawn && time() < dispute.evidenceBy;
    }

    function isCommittable(Request memory request) private view returns (bool) {
        Dispute memory dispute = disputeOf(request);
        (, bool found) = silentJuror(request, false);
        return isOpen(dispute) && time() < dispute.evidenceBy && found;
    }

    function isRevealable(Request memory request) private view returns (bool) {
        Dispute memory dispute = disputeOf(request);
        (, bool found) = silentJuror(request, true);
        return isOpen(dispute) && time() >= dispute.evidenceBy && time() < dispute.revealBy && found;
    }

    function isConcludable(Request memory request) private view returns (bool) {
        Dispute memory dispute = disputeOf(request);
        uint256 jury = court.jurorsOf(market.requestId(request)).length;
        bool complete = jury != 0 && dispute.upheldVotes + dispute.rejectedVotes == jury;
        uint40 end = dispute.arbiter == Evidence.VANILLA ? dispute.revealBy : dispute.evidenceBy;
        return isOpen(dispute) && (complete || time() >= end);
    }

    function isOpen(Dispute memory dispute) private pure returns (bool) {
        return dispute.openedAt != 0 && dispute.verdict == Verdict.NONE;
    }

    /// @dev A juror that has committed and not revealed, or not even committed.
    function silentJuror(Request memory request, bool committed) private view returns (address, bool) {
        RequestId id = market.requestId(request);
        address[] memory jurors = court.jurorsOf(id);
        for (uint256 i = 0; i < jurors.length; ++i) {
            Vote memory vote = court.voteOf(id, jurors[i]);
            if (!vote.revealed && (vote.commitment != 0) == committed) return (jurors[i], true);
        }
        return (address(0), false);
    }

    /* BOOKS */

    /// @dev Of all that was put at risk: what rejected requests cost, and what backs open ones.
    function checkStake() external view {
        uint128[3] memory slashed;
        uint128[3] memory locked;
        for (uint256 i = 0; i < _requests.length; ++i) {
            State state = stateOf(_requests[i]);
            uint256 path = 0;
            while (modelFor[path] != _requests[i].modelId) ++path;
            if (state == State.REJECTED) slashed[path] += MODEL_BOND;
            if (state == State.DELIVERED || state == State.DISPUTED) locked[path] += MODEL_BOND;
        }
        for (uint256 path = 0; path < 3; ++path) {
            assertStake(modelFor[path], PLENTY / 10 - slashed[path], locked[path], "once per request");
        }
    }

    function checkBonds() external view {
        uint256 open;
        for (uint256 i = 0; i < _requests.length; ++i) {
            Dispute memory dispute = disputeOf(_requests[i]);
            if (isOpen(dispute)) open += dispute.bond;
        }
        vm.assertEq(market.bonds(), open, "bonds of open disputes");
    }

    function checkMoney() external view {
        uint256 owed = uint256(market.bonds()) + market.burned();
        for (uint256 i = 0; i < _requests.length; ++i) {
            State state = stateOf(_requests[i]);
            if (state == State.DELIVERED || state == State.DISPUTED) owed += MAX_FEE;
        }
        owed += market.balanceOf(CLIENT) + market.balanceOf(CHALLENGER) + market.balanceOf(payoutFor(NODE));
        for (uint256 i = 0; i < VERIFIERS; ++i) owed += market.balanceOf(payoutFor(verifierAt(i)));
        vm.assertEq(token.balanceOf(address(market)), owed, "tokens = what is owed");
    }

    function checkStates() external view {
        State[4] memory ends = [State.DISPUTED, State.FINAL, State.REJECTED, State.REFUNDED];
        for (uint256 i = 0; i < _requests.length; ++i) {
            State state = stateOf(_requests[i]);
            State end = endOf[market.requestId(_requests[i])];
            Dispute memory dispute = disputeOf(_requests[i]);
            if (dispute.openedAt != 0) {
                vm.assertEq(uint256(state), uint256(ends[uint256(dispute.verdict)]), "as the verdict says");
            }
            if (end != State.NONE) vm.assertEq(uint256(state), uint256(end), "ends absorb");
        }
    }
}

contract DisputeCourtInvariantTest {
    DisputeCourtHandler private handler;

    function setUp() public {
        handler = new DisputeCourtHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev The court's part of the ledger is the bonds of its open disputes, at any time.
    /// hardhat-config: invariant.runs = 60
    /// hardhat-config: invariant.depth = 250
    function invariant_bondsAreThoseOfOpenDisputes() public view {
        handler.checkBonds();
    }

    /// @dev I1 for the market: bonds and slashes come from somewhere and go somewhere.
    /// hardhat-config: invariant.runs = 60
    /// hardhat-config: invariant.depth = 250
    function invariant_verdictsCreateNoMoney() public view {
        handler.checkMoney();
    }

    /// @dev I12: a bond is slashed at most once per request, never above what is locked.
    /// hardhat-config: invariant.runs = 60
    /// hardhat-config: invariant.depth = 250
    function invariant_slashedOnce() public view {
        handler.checkStake();
    }

    /// @dev I3 and I7: state and verdict agree, and ends absorb.
    /// hardhat-config: invariant.runs = 60
    /// hardhat-config: invariant.depth = 250
    function invariant_verdictsAreCarriedOut() public view {
        handler.checkStates();
    }

    /// @dev Each kind of call and verdict must have happened, or the invariants above say nothing.
    function afterInvariant() public view {
        string[12] memory names = [
            "order",
            "challenge",
            "decide",
            "drawJury",
            "commitVote",
            "revealVote",
            "conclude",
            "finalize",
            "wait",
            "upheld",
            "rejected",
            "undecided"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.calls(names[i]), 0, string.concat(names[i], " never happened"));
        }
    }
}
