// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Evidence} from "./Evidence.sol";
import {Verdict} from "./State.sol";

/// @notice A challenge of a delivered result. `arbiter` is ZKML or TEE when that evidence decides, VANILLA for a jury.
struct Dispute {
    // slot 0
    address challenger;
    Evidence arbiter;
    Verdict verdict;
    uint40 openedAt; // unix seconds
    uint40 evidenceBy; // unix seconds: deciding evidence comes before (a jury: its commitments)
    // slot 1
    uint40 revealBy; // unix seconds: a jury reveals before; zero without a jury
    uint40 seedBlock; // number of the block whose hash draws the jury
    uint16 upheldVotes;
    uint16 rejectedVotes;
    uint96 bond; // token units
    // slot 2
    bytes32 outputCommitment; // what the challenger claims is right
    // slot 3
    address node; // who delivered
    uint40 units; // what the challenger claims is right
}

/// @notice A juror's part in one dispute.
struct Vote {
    bytes32 commitment; // hash of chain, court, juror, request, output, units and salt
    bool drawn;
    bool revealed;
    bool upheld; // the revealed vote agrees with the node's claim
}
