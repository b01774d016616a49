// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Proof, VerifyingKey} from "../../contracts/types/VerifyingKey.sol";

/// @notice Points of BN254, good and bad, and keys whose secrets are known, so that tests can prove any statement.
library Bn254Points {
    /// @notice The generator of G1 times `scalar`.
    function g1(uint256 scalar) internal view returns (uint256[2] memory point) {
        Bn254.multiplyAdd(point, [uint256(1), 2], scalar);
    }

    function g2() internal pure returns (uint256[4] memory) {
        return [Bn254.G2_X_IM, Bn254.G2_X_RE, Bn254.G2_Y_IM, Bn254.G2_Y_RE];
    }

    function minusG2() internal pure returns (uint256[4] memory) {
        uint256 prime = Bn254.BASE_FIELD;
        return [Bn254.G2_X_IM, Bn254.G2_X_RE, prime - Bn254.G2_Y_IM, prime - Bn254.G2_Y_RE];
    }

    /// @notice The generator with real and imaginary parts swapped, as snarkjs writes it.
    function swappedG2() internal pure returns (uint256[4] memory) {
        return [Bn254.G2_X_RE, Bn254.G2_X_IM, Bn254.G2_Y_RE, Bn254.G2_Y_IM];
    }

    /// @notice On the twist (x = 1), outside the subgroup of the pairing.
    function outsideG2() internal pure returns (uint256[4] memory) {
        return
            [
                uint256(0),
                1,
                0x0d1271953ed9ea0836846e70a1934187998c7f790cb4d7511b7f8da82de048a4,
                0x2869111d5381f072f8e2728fdb825a51aadd70e52c9830e9ab4b871c0531f1bb
            ];
    }

    /// @notice Identity, off the curve, and both coordinates of a point outside the field.
    function badG1() internal pure returns (uint256[2][4] memory) {
        uint256 prime = Bn254.BASE_FIELD;
        return [[uint256(0), 0], [uint256(1), 3], [1 + prime, 2], [uint256(1), 2 + prime]];
    }

    /// @notice Identity, off the twist, outside the subgroup, swapped coordinates, a coordinate outside the field.
    function badG2() internal pure returns (uint256[4][5] memory bad) {
        bad[1] = g2();
        bad[1][3] = bad[1][3] + 1;
        bad[2] = outsideG2();
        bad[3] = swappedG2();
        bad[4] = g2();
        bad[4][0] += Bn254.BASE_FIELD;
    }

    /// @notice A key for `weights.length - 1` signals: beta = gamma = g2, delta = -g2, the rest multiples of g1.
    function key(uint256 alpha, uint256[] memory weights) internal view returns (VerifyingKey memory made) {
        made.alpha = g1(alpha);
        made.beta = g2();
        made.gamma = g2();
        made.delta = minusG2();
        made.ic = new uint256[2][](weights.length);
        for (uint256 i = 0; i < weights.length; ++i) made.ic[i] = g1(weights[i]);
    }

    /// @notice Logarithm of A in the proof with B = g2 and C = `c` g1 under `key(alpha, weights)`.
    function logarithmOfA(
        uint256 alpha,
        uint256[] memory weights,
        uint256[] memory signals,
        uint256 c
    ) internal pure returns (uint256 a) {
        uint256 order = Bn254.SCALAR_FIELD;
        a = addmod(alpha, weights[0], order);
        for (uint256 i = 0; i < signals.length; ++i) a = addmod(a, mulmod(weights[i + 1], signals[i], order), order);
        a = addmod(a, order - (c % order), order);
    }

    function proof(uint256 a, uint256 c) internal view returns (Proof memory) {
        return Proof({a: g1(a), b: g2(), c: g1(c)});
    }
}
