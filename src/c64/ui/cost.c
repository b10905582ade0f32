/* Measured with stories260K ("Zoo", run64 --stats) and split by the shapes of its
 * matrices: of each step of the forward pass, its cycles a layer over what it goes
 * through. */
#include "cost.h"

const uint32_t cost_exact[COST_COUNT] = {
    80896, 0, 0, 524000, 3310000, 1245000, 15160000, 151500, 1998000, 418150, 0, 1024, 0
};
/* Up to 8 bits. */
const uint32_t cost_fast[COST_COUNT] = {
    0, 440, 145000, 256000, 1376000, 153600, 7630000, 263000, 2110000, 26400, 0, 0, 32
};
/* Beyond: keys and values have more bits too. */
const uint32_t cost_precise[COST_COUNT] = {
    0, 749, 113000, 256000, 1376000, 153600, 9470000, 263000, 2110000, 102400, 0, 0, 32
};
