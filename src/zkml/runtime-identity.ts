// SPDX-License-Identifier: MIT

/** Name and version of the integer runtime, as an enclave measures it: another behaviour is another version. */
export const INTEGER_RUNTIME = "assay-integer-runtime/1";
