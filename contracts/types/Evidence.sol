// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What proves a result. The numbers are HACA's own.
enum Evidence {
    VANILLA, // a bonded claim
    ZKML, // a Groth16 proof
    TEE // an attested enclave's signature
}

/// @notice A set of kinds of evidence: bit `k` is set when `Evidence(k)` is a member.
type EvidenceSet is uint8;

EvidenceSet constant NO_EVIDENCE = EvidenceSet.wrap(0);
/// @dev The kinds that prove a result by themselves; a bonded claim only stands until somebody disproves it.
EvidenceSet constant PROVING_EVIDENCE = EvidenceSet.wrap(uint8(1 << uint8(Evidence.ZKML) | 1 << uint8(Evidence.TEE)));
EvidenceSet constant ALL_EVIDENCE = EvidenceSet.wrap(uint8(EvidenceSet.unwrap(PROVING_EVIDENCE) | 1));

using {has, plus, minus, includes, isEmpty, first} for EvidenceSet global;

function has(EvidenceSet set, Evidence kind) pure returns (bool) {
    return EvidenceSet.unwrap(set) & (1 << uint8(kind)) != 0;
}

function plus(EvidenceSet set, Evidence kind) pure returns (EvidenceSet) {
    // The cast is exact: a kind is at most 2, so the bit is at most 4.
    return EvidenceSet.wrap(EvidenceSet.unwrap(set) | uint8(1 << uint8(kind)));
}

function minus(EvidenceSet set, EvidenceSet other) pure returns (EvidenceSet) {
    return EvidenceSet.wrap(EvidenceSet.unwrap(set) & ~EvidenceSet.unwrap(other));
}

function includes(EvidenceSet set, EvidenceSet subset) pure returns (bool) {
    return EvidenceSet.unwrap(subset) & ~EvidenceSet.unwrap(set) == 0;
}

function isEmpty(EvidenceSet set) pure returns (bool) {
    return EvidenceSet.unwrap(set) == 0;
}

/// @dev The member with the lowest number; VANILLA for the empty set.
function first(EvidenceSet set) pure returns (Evidence) {
    if (set.has(Evidence.VANILLA) || set.isEmpty()) return Evidence.VANILLA;
    return set.has(Evidence.ZKML) ? Evidence.ZKML : Evidence.TEE;
}
