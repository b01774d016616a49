// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";

/**
 * Proves that out = min(max(in, 0) >> shift, 2^activationBits - 1): ReLU, requantisation by a power
 * of two and saturation, from one decomposition of the accumulator.
 *
 * Private: `in`, `out`.
 *
 * Sound because in + 2^(bits-1) has exactly one decomposition into `bits` digits while bits <= 252:
 * its top digit is 1 exactly when in >= 0, and the digits below are those of the magnitude. An
 * accumulator outside [-2^(bits-1), 2^(bits-1)) has no witness at all; the caller proves by
 * interval analysis that no input of the domain leads there. Overflow is the OR of the digits above
 * the activation, built without a hint, so that no signal is free.
 *
 * Costs bits + 1 constraints, and one more per digit above the activation.
 */
template ReluRequantise(bits, shift, activationBits) {
    assert(bits > 1);
    assert(bits <= 252);
    assert(shift >= 0);
    assert(activationBits > 0);
    var sign = bits - 1;
    var kept = shift + activationBits; // the first digit above the activation
    if (kept > sign) {
        kept = sign;
    }
    var above = sign - kept; // digits that mean overflow

    signal input in; // accumulator
    signal output out; // activation

    component digits = Num2Bits(bits);
    digits.in <== in + (1 << sign);

    var magnitude = 0;
    for (var i = shift; i < kept; i++) {
        magnitude += digits.out[i] * (1 << (i - shift));
    }

    if (above <= 0) {
        out <== digits.out[sign] * magnitude;
    } else {
        signal overflow[above]; // overflow[i]: a digit from `kept` to `kept + i` is set
        overflow[0] <== digits.out[kept];
        for (var i = 1; i < above; i++) {
            var digit = digits.out[kept + i];
            overflow[i] <== overflow[i - 1] + digit - overflow[i - 1] * digit;
        }

        signal saturated; // the magnitude, or the highest activation on overflow
        var highest = (1 << activationBits) - 1;
        saturated <== magnitude + overflow[above - 1] * (highest - magnitude);
        out <== digits.out[sign] * saturated;
    }
}
