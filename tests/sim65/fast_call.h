/* One call of a kernel, for the 6502 and for the definitions alike: c's
 * arguments, in its input, out its output, the return value in front. The REU
 * holds what begins at in + REU_AT. */
static uint8_t silu[2][sizeof fast_silu];

/* Where the REU holds the same once more, near enough to a multiple of 512 KB that rows are fetched one by one. */
#define ACROSS 0x7E000UL

static void call(const struct test_case *c, uint8_t *in, uint8_t *out)
{
    uint32_t *result = (uint32_t *)out;
    uint8_t *data = out + 4;
    uint8_t n = c->n;

    *result = 0;
    switch (c->kernel) {
    case KERNEL_ROWS:
        fast_select((uint8_t)c->a[0], (uint8_t)c->a[1], (uint8_t)c->a[2]);
        *result = fast_tables((const int16_t *)in);
        memcpy(data, in + 128, 2 * n);
        memcpy(fast_above, in + 128 + 2 * FAST_ROWS, n);
        fast_rows((int16_t *)data, fast_above, c->a[4] ? ACROSS : 0, (uint8_t)c->a[3], (uint16_t)*result, (uint8_t)c->a[5], n);
        if (c->a[5] != FAST_ONLY)
            memcpy(data + 2 * n, fast_above, n);
        break;
    case KERNEL_LOWER:
        memcpy(data, in, 2 * n);
        memcpy(fast_above, in + 128, n);
        *result = fast_excess((const int16_t *)data, n);
        fast_lower((int16_t *)data, (uint8_t)(c->a[0] + *result), n);
        break;
    case KERNEL_LENGTH:
        *result = fast_length(*(uint32_t *)in);
        break;
    case KERNEL_NARROW:
        memset(window, 0, FAST_RESIDUAL);
        memcpy((uint8_t *)window + FAST_RESIDUAL, in, FAST_RESIDUAL_BYTES);
        *result = fast_narrow((int16_t *)data, c->a[0], n);
        break;
    case KERNEL_MULTIPLY:
        memcpy(data, in + 2, 2 * n);
        fast_multiply((int16_t *)data, *(uint16_t *)in, n);
        break;
    case KERNEL_SCALE:
        memcpy((uint8_t *)window + FAST_SCALES, in + 256, n);
        fast_scale((int16_t *)data, (const int16_t *)in, (uint8_t)c->a[0], n);
        break;
    case KERNEL_RESIDUAL:
        memcpy((uint8_t *)window + FAST_SCALES, in + 128, n);
        memcpy((uint8_t *)window + FAST_RESIDUAL, in + 192, FAST_RESIDUAL_BYTES);
        *result = fast_residual((const int16_t *)in, c->a[0], n);
        memcpy(data, (uint8_t *)window + FAST_RESIDUAL, FAST_RESIDUAL_BYTES);
        break;
    case KERNEL_LOGITS:
        memcpy((uint8_t *)window + FAST_SCALES, in + 256, n);
        fast_logits((f32 *)data, (const int16_t *)in, c->a[0], n);
        break;
    case KERNEL_GREATEST:
        *(int32_t *)data = *(int32_t *)(in + 320);
        memcpy((uint8_t *)window + FAST_SCALES, in + 256, n);
        fast_bounds.stride = 0;
        *result = fast_greatest((int32_t *)data, (int16_t *)in, n);
        break;
    case KERNEL_BOUNDS: { /* as the network's classify */
        uint8_t groups = (uint8_t)c->a[0], planes = (uint8_t)c->a[1], low = (uint8_t)c->a[2];
        uint16_t stride = (uint8_t)c->a[3], centre;
        int16_t *d = (int16_t *)(data + 4);
        memcpy((uint8_t *)window + FAST_SCALES, in + 128, n);
        fast_select(groups, planes, low);
        centre = fast_tables((const int16_t *)in);
        fast_select(groups, FAST_BOUND_PLANES, FAST_BOUND_PLANES);
        fast_rows(d, fast_above, 0, stride, FAST_BOUND_CENTRE(centre, groups), FAST_ONLY, n);
        fast_select(groups, planes, low);
        fast_rows((int16_t *)data, fast_above, 0, stride, centre, FAST_ONLY, 1);
        memcpy(data, in + 192, 4);
        fast_bounds.rows = ACROSS;
        fast_bounds.stride = (uint8_t)stride;
        *result = fast_greatest((int32_t *)data, d, n);
        break;
    }
    case KERNEL_ROTATE:
        memcpy(data, in, 4 * n);
        fast_rotate((int16_t *)data, (int16_t *)(data + 4 * n), (const int16_t *)(in + 256), n, n);
        break;
    case KERNEL_SWIGLU:
        memset(window, 0, sizeof window);
        memcpy((uint8_t *)window + FAST_SCALES, in + 256, 2 * n);
        fast_silu_finer = (uint8_t)c->a[1];
        memcpy(fast_silu, silu[fast_silu_finer], sizeof fast_silu);
        *result = fast_swiglu((const int16_t *)in, (uint8_t)c->a[0], n);
        memcpy(data, window, sizeof(struct fast_sizes));
        for (n = 0; n < FAST_COLUMNS; ++n)
            data[3 * FAST_COLUMNS + n] &= 0x80;
        break;
    case KERNEL_HIDDEN:
        memcpy(window, in, sizeof(struct fast_sizes));
        fast_hidden((int16_t *)data, (uint8_t)c->a[0], n);
        break;
    case KERNEL_REMEMBER: { /* and headroom */
        uint8_t keys = fast_headroom((const int16_t *)in, n), values = fast_headroom((const int16_t *)(in + 128), n);
        *result = keys | values << 4;
        if (keys > (c->a[0] & 15))
            keys = c->a[0] & 15;
        if (values > (uint8_t)c->a[0] >> 4)
            values = (uint8_t)c->a[0] >> 4;
        fast_head.size = n;
        fast_head.groups = (uint8_t)((n + FAST_GROUP - 1) / FAST_GROUP);
        fast_head.precise = (uint8_t)c->a[1];
        fast_remember(1, (const int16_t *)in, (const int16_t *)(in + 128), (uint8_t)(keys | values << 4));
        memset(data, 0, 128);
        for (n = 0; n < fast_head.groups * (fast_head.precise ? 32 : 20); ++n)
            data[n] = fast_memory[1 + n * FAST_POSITIONS];
        break;
    }
    case KERNEL_ATTEND: { /* kernels of more than 8 planes may have been where the weights are; the struct begins the input, the queries come behind it */
        uint8_t queries = (uint8_t)c->a[0];
        memcpy(&fast_head, in, sizeof fast_head);
        fast_weigh();
        fast_forget();
        for (n = 0; n < queries; ++n)
            fast_attend((int16_t *)data + n * fast_head.size, (const int16_t *)(in + 64) + n * fast_head.size);
        break;
    }
    case KERNEL_FACTOR:
        *result = fast_norm_factor(*(uint32_t *)in, *(uint32_t *)(in + 4));
        break;
    case KERNEL_GATHER:
        memcpy(window, in, c->input);
        fast_gather((int16_t *)data, n, (uint8_t)c->a[0]);
        break;
    case KERNEL_OFFSET:
        *result = fast_offset(*(uint16_t *)in, *(uint16_t *)(in + 2));
        break;
    case KERNEL_EXTENT_16:
        *result = fast_extent_16((const int16_t *)in, n);
        break;
    case KERNEL_SHIFT_16:
        fast_shift_16((int16_t *)data, (const int16_t *)in, c->a[0], n);
        break;
    case KERNEL_PRODUCTS:
        memcpy((uint8_t *)window + FAST_SCALES, in + 256, n);
        fast_products((int32_t *)data, (const int16_t *)in, n);
        break;
    case KERNEL_DISTANCES: /* shift, the greatest, the products */
        fast_draw.shift = c->a[0];
        fast_draw.most = *(int32_t *)in;
        memcpy(window, in + 4, n * sizeof(int32_t));
        fast_distances(n);
        memcpy(data, fast_draw.distance, 2 * n);
        break;
    case KERNEL_EXPONENTIALS: /* finer, octaves, an octave's mass; their sum, the distances */
        memset(&fast_draw, 0, sizeof fast_draw);
        fast_draw.finer = (uint8_t)c->a[0];
        fast_draw.octaves = (uint8_t)c->a[1];
        fast_draw.sum = fast_draw.mass[c->a[2]] = *(uint32_t *)in;
        memcpy(fast_draw.distance, in + 4, 2 * n);
        *result = fast_exponentials(n);
        memcpy(data, &fast_draw, sizeof fast_draw);
        break;
    case KERNEL_TABLES:
        memcpy(fast_exp2, in, 512);
        memcpy(silu, in + 512, sizeof silu);
        fast_weigh();
        memcpy(data, fast_near_weights, FAST_NEAR);
        break;
    }
}
