#include "softmax.h"
#include "machine.h"
#include "window.h"

f32 window[WINDOW];

void divide(reu_address x, f32 divisor, uint16_t n)
{
    uint16_t part, bytes;

    for (; n && !machine_stopped; n -= part, x += bytes) {
        part = WINDOW_PART(n);
        bytes = part * sizeof(f32);
        reu_read(window, x, bytes);
        f32v_div(window, divisor, part);
        reu_write(x, window, bytes);
    }
}

f32 exponentials(reu_address x, uint16_t n)
{
    uint16_t left, part, bytes;
    reu_address at;
    f32 max, sum;

    reu_read(&max, x, sizeof max);
    for (at = x, left = n; left; left -= part, at += bytes) {
        part = WINDOW_PART(left);
        bytes = part * sizeof(f32);
        reu_read(window, at, bytes);
        max = f32v_max(max, window, part);
    }
    sum = F32_ZERO;
    for (at = x, left = n; left && !machine_stopped; left -= part, at += bytes) {
        part = WINDOW_PART(left);
        bytes = part * sizeof(f32);
        reu_read(window, at, bytes);
        f32v_exp(window, max, part);
        sum = f32v_sum(sum, window, part);
        reu_write(at, window, bytes);
    }
    return sum;
}

void softmax(reu_address x, uint16_t n)
{
    divide(x, exponentials(x, n), n);
}
