// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/bitify.circom";

/**
 * Proves that every value is an integer below 2^bits, and packs `perWord` values into each word,
 * the first value in the lowest bits.
 *
 * Private: `in`. Nothing here is public; the caller hashes the words.
 *
 * Sound because each value equals the sum of its `bits` boolean digits, and because
 * bits * perWord <= 253 keeps every word below the field order: no two inputs share their words.
 *
 * Costs bits * length constraints.
 */
template PackedInput(length, bits, perWord) {
    assert(length > 0);
    assert(bits > 0);
    assert(perWord > 0);
    assert(bits * perWord <= 253);
    var words = (length + perWord - 1) \ perWord;

    signal input in[length]; // the values
    signal output out[words]; // the packed words

    component digits[length];
    for (var i = 0; i < length; i++) {
        digits[i] = Num2Bits(bits);
        digits[i].in <== in[i];
    }

    for (var w = 0; w < words; w++) {
        var packed = 0;
        for (var i = 0; i < perWord; i++) {
            var index = w * perWord + i;
            if (index < length) {
                packed += in[index] * (1 << (bits * i));
            }
        }
        out[w] <== packed;
    }
}
