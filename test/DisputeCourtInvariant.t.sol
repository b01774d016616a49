// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dispute, Vote} from "../contracts/types/Dispute.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result, subjectOf} from "../contracts/types/Result.sol";
import {Record, State, Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Opens, disputes and ends many requests of one node at once, by every way there is, and keeps its own books.
contract DisputeCourtHandler is CourtFixture {
    uint256 public constant MOST_REQUESTS = 40;
    uint256 public constant VERIFIERS = 5;

    Request[] private _requests;
    RequestId[] private _ids;
    mapping(RequestId id => mapping(address juror => bytes32)) private _secrets;
    address private immutable TEST = msg.sender;

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
        // Juries, which take the most calls, are half of all arbiters.
        uint8[4] memory paths = [0, 0, 1, 2];
        add(delivered(modelFor[paths[path % 4]], right ? RIGHT : WRONG));
        ++calls["order"];
    }

    function add(Request memory request) private returns (Request memory) {
        _requests.push(request);
        _ids.push(market.requestId(request));
        return request;
    }

    /// @dev Not always, so that some answers become final unchallenged.
    function challengeAnswer(uint256 seed, bool act) external {
        if (!act) return;
        (Request memory request, , bool found) = find(seed, isChallengeable);
        if (!found) return;
        bool right = deliveredTo(request).outputCommitment == RIGHT;
        challenge(CHALLENGER, request, resultOf(right ? WRONG : RIGHT));
        ++calls["challenge"];
    }

    /// @dev Not always, so that some nodes keep silent.
    function decide(uint256 seed, bool right, uint8 act) external {
        if (act % 2 != 0) return;
        (Request memory request, RequestId id, bool found) = find(seed, isDecidable);
        if (!found) return;
        Result memory result = resultOf(right ? RIGHT : WRONG);
        court.decide(request, deliveredTo(request), result, evidenceFor(court.disputeOf(id).arbiter, request, result));
        ++calls["decide"];
        finish(id);
    }

    function draw(uint256 seed) external {
        (Request memory request, , bool found) = find(seed, isDrawable);
        if (!found) return;
        drawJury(request);
        ++calls["drawJury"];
    }

    function commitSecret(uint256 seed, bool right) external {
        (Request memory request, RequestId id, bool found) = find(seed, isCommittable);
        if (!found) return;
        address juror = silentJuror(id, false);
        bytes32 secret = right ? RIGHT : WRONG;
        commitVote(request, juror, secret);
        _secrets[id][juror] = secret;
        ++calls["commitVote"];
    }

    /// @dev Not always, so that some juries have no majority.
    function revealSecret(uint256 seed, bool act) external {
        if (!act) return;
        (Request memory request, RequestId id, bool found) = find(seed, isRevealable);
        if (!found) return;
        address juror = silentJuror(id, true);
        revealVote(request, juror, _secrets[id][juror]);
        ++calls["revealVote"];
    }

    function conclude(uint256 seed) external {
        (Request memory request, RequestId id, bool found) = find(seed, isConcludable);
        if (!found) return;
        court.conclude(request, deliveredTo(request));
        ++calls["conclude"];
        finish(id);
    }

    function finalize(uint256 seed) external {
        (Request memory request, RequestId id, bool found) = find(seed, isFinalizable);
        if (!found) return;
        market.finalize(request, deliveredTo(request));
        ++calls["finalize"];
        finish(id);
    }

    function wait(uint256 duration) external {
        pass(duration % 300);
        ++calls["wait"];
    }

    /// @dev At the end of a run: one more request for each way to end, and then everything comes to its end, by anybody, with
    /// nothing left to the court.
    function endAll() external {
        if (msg.sender != TEST) return;
        add(delivered(modelFor[0], RIGHT)); // nobody challenges it
        add(disputed(modelFor[0], RIGHT)); // nobody draws the jury
        add(disputed(modelFor[1], RIGHT)); // the node keeps silent
        prove(add(disputed(modelFor[2], RIGHT)));
        finish(_ids[_ids.length - 1]);
        haveJurorVote();

        pass(DISPUTE_WINDOW);
        for (uint256 i = 0; i < _ids.length; ++i) {
            if (isOpen(court.disputeOf(_ids[i]))) this.conclude(i);
        }
        for (uint256 i = 0; i < _ids.length; ++i) {
            if (isFinalizable(_ids[i])) this.finalize(i);
        }
        vm.assertEq(market.bonds(), 0, "nothing stays with the court");
    }

    /// @dev The longest way: by chance alone one run in a hundred would not go it to its end.
    function haveJurorVote() private {
        add(disputed(modelFor[0], RIGHT));
        uint256 last = _ids.length - 1;
        this.draw(last);
        this.commitSecret(last, true);
        pass(court.disputeOf(_ids[last]).evidenceBy - time());
        this.revealSecret(last, true);
    }

    /// @dev Remembers the end of a request, which must be its only one.
    function finish(RequestId id) private {
        vm.assertEq(uint256(endOf[id]), uint256(State.NONE), "one end");
        endOf[id] = market.recordOf(id).state;
        ++calls[["", "upheld", "rejected", "undecided"][uint256(court.disputeOf(id).verdict)]];
    }

    /* CHOICES: calls that would only be refused teach nothing */

    function find(
        uint256 seed,
        function(RequestId) view returns (bool) fits
    ) private view returns (Request memory request, RequestId id, bool found) {
        uint256 count = _ids.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = ((seed % count) + i) % count;
            if (fits(_ids[index])) return (_requests[index], _ids[index], true);
        }
    }

    function isChallengeable(RequestId id) private view returns (bool) {
        Record memory record = market.recordOf(id);
        return record.state == State.DELIVERED && time() < record.clock + CHALLENGE_WINDOW;
    }

    function isFinalizable(RequestId id) private view returns (bool) {
        Record memory record = market.recordOf(id);
        return record.state == State.DELIVERED && time() >= record.clock + CHALLENGE_WINDOW;
    }

    function isDecidable(RequestId id) private view returns (bool) {
        Dispute memory dispute = court.disputeOf(id);
        return isOpen(dispute) && dispute.arbiter != Evidence.VANILLA && time() < dispute.evidenceBy;
    }

    function isDrawable(RequestId id) private view returns (bool) {
        Dispute memory dispute = court.disputeOf(id);
        bool waits = isOpen(dispute) && dispute.arbiter == Evidence.VANILLA && time() < dispute.evidenceBy;
        return waits && court.jurorsOf(id).length == 0;
    }

    function isCommittable(RequestId id) private view returns (bool) {
        Dispute memory dispute = court.disputeOf(id);
        return isOpen(dispute) && time() < dispute.evidenceBy && silentJuror(id, false) != address(0);
    }

    function isRevealable(RequestId id) private view returns (bool) {
        Dispute memory dispute = court.disputeOf(id);
        bool revealing = time() >= dispute.evidenceBy && time() < dispute.revealBy;
        return isOpen(dispute) && revealing && silentJuror(id, true) != address(0);
    }

    function isConcludable(RequestId id) private view returns (bool) {
        Dispute memory dispute = court.disputeOf(id);
        if (!isOpen(dispute)) return false;
        uint256 votes = dispute.upheldVotes + dispute.rejectedVotes;
        bool complete = votes != 0 && votes == court.jurorsOf(id).length;
        uint40 end = dispute.arbiter == Evidence.VANILLA ? dispute.revealBy : dispute.evidenceBy;
        return complete || time() >= end;
    }

    function isOpen(Dispute memory dispute) private pure returns (bool) {
        return dispute.openedAt != 0 && dispute.verdict == Verdict.NONE;
    }

    /// @dev A juror that has committed and not revealed, or not even committed; zero if there is none.
    function silentJuror(RequestId id, bool committed) private view returns (address) {
        address[] memory jurors = court.jurorsOf(id);
        for (uint256 i = 0; i < jurors.length; ++i) {
            Vote memory vote = court.voteOf(id, jurors[i]);
            if (!vote.revealed && (vote.commitment != 0) == committed) return jurors[i];
        }
        return address(0);
    }

    /* BOOKS */

    /// @dev Of all that was put at risk: what rejected requests cost, and what backs open ones.
    function checkStake() external view {
        uint128[3] memory slashed;
        uint128[3] memory locked;
        for (uint256 i = 0; i < _requests.length; ++i) {
            State state = market.recordOf(_ids[i]).state;
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
            Dispute memory dispute = court.disputeOf(_ids[i]);
            if (isOpen(dispute)) open += dispute.bond;
        }
        vm.assertEq(market.bonds(), open, "bonds of open disputes");
    }

    function checkMoney() external view {
        uint256 owed = uint256(market.bonds()) + market.burned();
        for (uint256 i = 0; i < _requests.length; ++i) {
            State state = market.recordOf(_ids[i]).state;
            if (state == State.DELIVERED || state == State.DISPUTED) owed += MAX_FEE;
        }
        owed += market.balanceOf(CLIENT) + market.balanceOf(CHALLENGER) + market.balanceOf(payoutFor(NODE));
        owed += market.earningsOf(NODE).own + market.earningsOf(NODE).pool;
        for (uint256 i = 0; i < VERIFIERS; ++i) owed += market.balanceOf(payoutFor(verifierAt(i)));
        vm.assertEq(token.balanceOf(address(market)), owed, "tokens = what is owed");
    }

    function checkStates() external view {
        State[4] memory ends = [State.DISPUTED, State.FINAL, State.REJECTED, State.REFUNDED];
        for (uint256 i = 0; i < _requests.length; ++i) {
            Record memory record = market.recordOf(_ids[i]);
            State state = record.state;
            vm.assertEq(record.subject, subjectOf(deliveredTo(_requests[i])), "of the delivered result");
            State end = endOf[_ids[i]];
            Dispute memory dispute = court.disputeOf(_ids[i]);
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

    /// @dev The court's part of the ledger is the bonds of its open disputes, and no verdict makes or loses money (I1).
    /// hardhat-config: invariant.runs = 12
    /// hardhat-config: invariant.depth = 500
    function invariant_bondsAreThoseOfOpenDisputes() public view {
        handler.checkBonds();
        handler.checkMoney();
    }

    /// @dev I3, I7 and I12: a verdict is carried out, once; a bond is slashed at most once, never above what is locked.
    /// hardhat-config: invariant.runs = 12
    /// hardhat-config: invariant.depth = 500
    function invariant_verdictsAreCarriedOutOnce() public view {
        handler.checkStates();
        handler.checkStake();
    }

    /// @dev Each kind of call and verdict must have happened, or the invariants above say nothing.
    function afterInvariant() public {
        handler.endAll();
        handler.checkMoney();
        handler.checkStake();
        handler.checkStates();
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
