// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";

/**
 * Proves that `out` is the index of the highest value, and the lowest such index on a tie.
 *
 * Private: `in`. Public, when the caller makes it so: `out`.
 *
 * Sound because the hint is one-hot (each entry boolean, their sum 1), so that `highest` is one of
 * the values, and highest - in[i] - (1 if i comes before the chosen index) must lie in
 * [0, 2^gapBits) for every i: no value is higher, and no earlier one is equal. The caller proves
 * that values differ by less than 2^gapBits, and by far less than the field order, so that a
 * negative difference cannot wrap into the range.
 *
 * Costs count * (gapBits + 2) constraints.
 */
template ArgMax(count, gapBits) {
    assert(count > 1);
    assert(gapBits > 0);
    assert(gapBits <= 252);

    signal input in[count]; // the values
    signal output out; // the index
    signal chosen[count]; // one-hot: 1 at the index
    signal picked[count]; // the highest value at the index, 0 elsewhere

    var best = 0;
    for (var i = 1; i < count; i++) {
        // Differences below half the field are positive.
        if (in[i] - in[best] > 0) {
            best = i;
        }
    }

    var sum = 0;
    var index = 0;
    var highest = 0;
    for (var i = 0; i < count; i++) {
        chosen[i] <-- i == best ? 1 : 0;
        chosen[i] * (chosen[i] - 1) === 0;
        picked[i] <== chosen[i] * in[i];
        sum += chosen[i];
        index += i * chosen[i];
        highest += picked[i];
    }
    sum === 1;
    out <== index;

    component gap[count];
    var reached = 0; // 1 from the chosen index on
    for (var i = 0; i < count; i++) {
        reached += chosen[i];
        gap[i] = Num2Bits(gapBits);
        gap[i].in <== highest - in[i] - (1 - reached);
    }
}
