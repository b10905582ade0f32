/* The forward pass in fixed point. Vectors that live through a layer are in
 * RAM, matrices, caches and the hidden vector in the REU. Variables of 8 bits are
 * static where the 6502's code is shorter for it. */
#include "fast_network.h"
#include <string.h>
#include "fast.h"
#include "fast_attention.h"
#include "fast_image.h"
#include "machine.h"
#include "model.h"
#include "network.h"
#include "window.h"

#define SUM_LIMIT (FAST_SUM - FAST_COLUMNS / 2UL) /* of an extent, before rounding */

#ifdef __CC65__
#pragma bss-name(push, "FAST_HIGH")
#endif
static struct fast_header fast;
static struct fast_layer layer_constants;
static int16_t x[MAX_DIM];
#ifdef __CC65__
#pragma bss-name(pop)
#endif
static int16_t qkv[3 * MAX_DIM + FAST_GROUP]; /* remember reads whole groups */
static int16_t d[FAST_BLOCK + FAST_GROUP];    /* products of rows */

/* Of up to FAST_COLUMNS elements each, in the window. */
#define part ((uint8_t *)window + FAST_RESIDUAL) /* of the residual */
#define rotation ((int16_t *)(window + FAST_COLUMNS * 3 / 2))
#define part_scales ((uint8_t *)window + FAST_SCALES)

static uint8_t planes;      /* of the weights in use */
static uint8_t precise;     /* more than 8 of them */
static uint16_t dim, hidden_dim, head_size;
static uint16_t skipped;    /* rows at the beginning of wq, wk and wv that nobody needs: 0 or dim, <= FAST_BLOCK */

/* Of so many elements, those that a kernel takes at once; of rows, those of a block. */
static uint8_t part_of(uint16_t n)
{
    return n < FAST_COLUMNS ? (uint8_t)n : FAST_COLUMNS;
}

static uint16_t block_of(uint16_t n)
{
    return n < FAST_BLOCK ? n : FAST_BLOCK;
}

/* The matrix in use. */
static struct fast_matrix matrix;
static uint8_t layer;       /* of it; 0 of the classifier */
static uint8_t low_planes;  /* those that the tables' high bytes suffice for */
static uint16_t row_bytes;
static reu_address rows_at; /* the rows that come next */
static reu_address scales;  /* and their scales */

static void use(const struct fast_matrix *from)
{
    matrix = *from;
    low_planes = 1;
    if (precise)
        low_planes = FAST_LOW(planes);
    else if (matrix.high_planes < planes)
        low_planes = planes - matrix.high_planes;
    row_bytes = (uint16_t)((matrix.chunks - 1) * FAST_GROUPS + matrix.last_groups) * fast.planes;
    rows_at = matrix.address + fast_offset((uint16_t)matrix.layer_bytes, layer)
        + (fast_offset((uint16_t)(matrix.layer_bytes >> 16), layer) << 16);
    scales = matrix.scales + fast_offset(matrix.rows, layer);
}

static uint8_t bounding;         /* sums makes bounds, see fast.h */
static uint16_t sums_centre;     /* that belongs to the tables */
static reu_address hidden;       /* what is multiplied, struct fast_sizes halved hidden_shift times; 0: x */
static uint8_t hidden_shift;

/* to[first..rows-1] (and fast_above, of several chunks) = the rows of the matrix that come next, a block of them, times x,
 * without the first ones. */
static void sums(int16_t *to, uint16_t first, uint16_t rows)
{
    static uint8_t groups, n, columns, chunk, sum;
    static uint16_t stride, centre, row, left;
    static int16_t *from;

    groups = FAST_GROUPS;
    columns = FAST_COLUMNS;
    left = matrix.cols;
    from = x;
    sum = matrix.chunks > 1 ? FAST_FIRST : FAST_ONLY;
    for (chunk = matrix.chunks; chunk; --chunk) {
        if (chunk == 1) {
            groups = matrix.last_groups;
            columns = (uint8_t)left;
        }
        if (hidden) {
            reu_read(window, hidden, sizeof(struct fast_sizes));
            hidden += sizeof(struct fast_sizes);
            fast_hidden(x, hidden_shift, columns);
            from = x;
        }
        memset(from + columns, 0, (uint8_t)(groups * FAST_GROUP - columns) * sizeof(int16_t));
        fast_select(groups, planes, low_planes);
        sums_centre = centre = fast_tables(from);
        if (bounding) {
            fast_select(groups, FAST_BOUND_PLANES, FAST_BOUND_PLANES);
            centre = FAST_BOUND_CENTRE(centre, groups);
        }
        stride = (uint16_t)(groups * fast.planes);
        if (first)
            rows_at += fast_offset(stride, first);
        for (row = first; row < rows; row += n) {
            n = rows - row < FAST_ROWS ? (uint8_t)(rows - row) : FAST_ROWS;
            fast_rows(to + row, fast_above + row, rows_at, stride, centre, sum, n);
            rows_at += (uint16_t)(stride * n);
            if (machine_stopped)
                return;
        }
        sum = FAST_NEXT;
        from += FAST_COLUMNS;
        left -= FAST_COLUMNS;
    }
}

/* The same of x, as int16: divided by 2^matrix.lower. */
static void product(int16_t *to, uint16_t first, uint16_t rows)
{
    hidden = 0;
    sums(to, first, rows);
    if (matrix.chunks > 1)
        fast_lower(to, matrix.lower, rows);
}

static void get_scales(uint8_t n)
{
    reu_read(part_scales, scales, n);
    scales += n;
}

static void get_residual(uint16_t i)
{
    reu_read(part, fast.residual + i * 4U, FAST_RESIDUAL_BYTES);
}

static uint32_t magnitude; /* of the residual: what fast_residual returns, of all parts */

/* x = residual / rms(residual) in the units of the matrices that follow, whose
 * weights contain rmsnorm's own. */
static void rmsnorm(void)
{
    uint32_t squares = fast.epsilon;
    static int8_t shift;
    static uint8_t n;
    uint16_t i, factor;

    /* The largest gets 15 bits, unless epsilon is far above all. */
    shift = (int8_t)(fast_length(magnitude) - 15);
    if (shift < -3 && squares >= 1UL << 25)
        shift = -3;
    if (shift < 0)
        memset(window, 0, FAST_RESIDUAL);
    if (shift >= -4)
        squares >>= 8 + 2 * shift;
    else
        squares <<= -8 - 2 * shift;
    squares |= 1;
    for (i = 0; i < dim; i += n) {
        n = part_of(dim - i);
        if (dim > FAST_COLUMNS) /* else its only part is still there */
            get_residual(i);
        squares += fast_narrow(x + i, shift, n);
    }
    factor = fast_norm_factor(fast.norm, squares);
    for (i = 0; i < dim; i += n) {
        n = part_of(dim - i);
        fast_multiply(x + i, factor, n);
    }
}

/* residual += d * the scales that come next / 2^shift; if it is new, residual = that. */
static void add_to_residual(int8_t shift, uint8_t new)
{
    static uint16_t i;
    static uint8_t n;

    magnitude = 0;
    for (i = 0; i < dim; i += n) {
        n = part_of(dim - i);
        if (new)
            memset(part, 0, FAST_RESIDUAL_BYTES);
        else
            get_residual(i);
        get_scales(n);
        magnitude |= fast_residual(d + i, shift, n);
        reu_write(fast.residual + i * 4U, part, FAST_RESIDUAL_BYTES);
    }
}

/* d = the token's row of the classifier. */
static void classifier_row(uint16_t token)
{
    static uint16_t in_block, block, i, stride;
    static uint8_t groups, n, scale;

    use(&fast.classifier);
    reu_read(&scale, scales + token, 1);
    in_block = token % FAST_BLOCK;
    token -= in_block;
    rows_at += fast_offset(row_bytes, token);
    block = block_of(matrix.rows - token);
    groups = FAST_GROUPS;
    for (i = 0; i < dim; i += n) {
        n = part_of(dim - i);
        if (dim - i <= FAST_COLUMNS)
            groups = matrix.last_groups;
        stride = (uint16_t)(groups * fast.planes);
        reu_read(window, rows_at + fast_offset(stride, in_block), stride);
        fast_gather(d + i, groups, fast.planes);
        fast_multiply(d + i, (uint16_t)scale << 7, n);
        rows_at += fast_offset(stride, block);
    }
}

/* residual = the token's row of the embedding. */
static void embed(uint16_t token)
{
    uint16_t bytes = dim * sizeof(int16_t);

    if (fast.embedding)
        reu_read(d, fast.embedding + fast_offset(token, bytes), bytes);
    else
        classifier_row(token);
    scales = fast.columns;
    add_to_residual(fast.embedding_shift, 1);
}

/* qkv = the residual's products with the layer's wq, wk and wv, without the rows' scales, and what is skipped. */
static void make_heads(void)
{
    static uint16_t row, block;

    machine_step(layer, STEP_RMSNORM);
    rmsnorm();
    machine_step(layer, STEP_QKV);
    use(&fast.qkv);
    for (row = 0; row < matrix.rows; row += block) {
        block = block_of(matrix.rows - row);
        product(qkv + row, row ? 0 : skipped, block);
        if (machine_stopped)
            return;
    }
}

const int16_t *fast_token_heads(uint16_t token)
{
    uint16_t bytes = fast.qkv.rows * sizeof(int16_t);

    layer = 0;
    skipped = 0;
    embed(token);
    if (fast.token_heads)
        reu_read(qkv, fast.token_heads + fast_offset(bytes, token), bytes);
    else
        make_heads();
    return qkv;
}

/* The least shift that brings a chunk's extent below the limit. */
static uint8_t shift_for(uint32_t sum)
{
    uint8_t shift = 0;

    for (; sum > SUM_LIMIT; sum >>= 1)
        ++shift;
    return shift;
}

/* residual += matrix * (x or hidden) / 2^out; its sums are lowered no more than it takes. */
static void into_residual(const struct fast_matrix *from, int8_t out)
{
    use(from);
    sums(d, 0, dim);
    if (matrix.chunks > 1) {
        uint8_t lower = fast_excess(d, dim);
        fast_lower(d, lower, dim);
        out += matrix.lower - lower;
    }
    machine_step(layer, STEP_RESIDUAL);
    add_to_residual(out, 0);
}

/* The angles of a position: those of a multiple of FAST_POSITIONS, turned by those of the rest. */
static reu_address rotation_at, turn_at; /* turn_at: 0 if they need not be turned */

static void begin_rotation(uint16_t position)
{
    turn_at = 0;
    if (fast.turns) {
        turn_at = fast.turns + fast_offset(head_size * sizeof(int16_t), position % FAST_POSITIONS);
        position /= FAST_POSITIONS;
    }
    rotation_at = fast.rope + fast_offset(head_size * sizeof(int16_t), position);
}

/* Elements i..i+n-1 of them. */
static void get_rotation(uint16_t i, uint8_t n)
{
    uint8_t bytes = n * sizeof(int16_t);

    i *= sizeof(int16_t);
    reu_read(rotation, rotation_at + i, bytes);
    if (turn_at) {
        reu_read(rotation + FAST_COLUMNS, turn_at + i, bytes);
        fast_rotate(rotation, rotation + n, rotation + FAST_COLUMNS, n, n);
    }
}

static int16_t *unscaled; /* what scale takes next */

/* Multiplies n of them by the scales that come next, as int16 that fast_rotate takes, shifted to the left by as
 * many places as are free, up to `most` and 8, which is returned. */
static uint8_t scale(uint16_t n, uint8_t most)
{
    static reu_address from;
    static int16_t *at, *to;
    static uint8_t places, room, k, again;
    static uint16_t left;

    from = scales;
    places = 0;
    for (again = !most;; again = 1) { /* unless none may be, a first pass finds how many are */
        scales = from;
        at = unscaled;
        for (left = n; left; left -= k) {
            k = part_of(left);
            get_scales(k);
            to = again ? at : d;
            fast_scale(to, at, places, k);
            at += k;
            if (again)
                continue;
            room = fast_headroom(d, k);
            if (most >= room)
                most = room ? room - 1 : 0;
        }
        if (again)
            break;
        places = most < 8 ? most : 8;
    }
    unscaled = at;
    return places;
}

/* --- attention ------------------------------------------------------------------ */

/* x = the heads' outputs, as large as the tables take them; returns the shift to the
 * left that they came with. */
static int8_t attention(void)
{
    static uint8_t n, lower;
    uint16_t i;
    static int8_t shift;
    uint32_t sum, greatest = 0;

    shift = attend(x, qkv, layer_constants.score, layer);
    if (machine_stopped)
        return 0;
    for (i = 0; i < dim; i += n) {
        n = part_of(dim - i);
        sum = fast_extent_16(x + i, n);
        if (sum > greatest)
            greatest = sum;
    }
    lower = shift_for(greatest);
    for (i = 0; lower && i < dim; i += n) {
        n = part_of(dim - i);
        fast_shift_16(x + i, x + i, -lower, n);
    }
    return shift - lower;
}

/* --- the feed-forward network ------------------------------------------------- */

/* SwiGLU into the hidden vector of the REU, and what it is to be shifted by for its use. */
static void swiglu(void)
{
    uint16_t row, i, block, left = hidden_dim;
    static uint8_t n;
    uint32_t extent, greatest = 0;
    reu_address to = fast.hidden;

    use(&fast.gate_up);
    for (row = 0; row < matrix.rows; row += block) {
        block = block_of(matrix.rows - row);
        machine_step(layer, STEP_GATE_UP);
        product(d, 0, block);
        if (machine_stopped)
            return;
        machine_step(layer, STEP_SWIGLU);
        for (i = 0; i < block; i += 2 * n) {
            n = part_of(left);
            get_scales(2 * n);
            extent = fast_swiglu(d + i, layer_constants.gate, n);
            if (extent > greatest)
                greatest = extent;
            reu_write(to, window, sizeof(struct fast_sizes));
            to += sizeof(struct fast_sizes);
            left -= n;
        }
    }
    hidden = fast.hidden;
    hidden_shift = shift_for(greatest);
}

static uint16_t block_first, block_rows; /* the block of the classifier that is in d */
static reu_address block_at;

/* Where a logit of the block is greater than *most, *most and *row become those of the greatest. */
static void look_for_greatest(int32_t *most, uint16_t *row)
{
    static uint16_t i;
    static uint8_t n, found;

    scales = matrix.scales + block_first;
    fast_bounds.rows = block_at;
    for (i = 0; i < block_rows; i += n) {
        n = part_of(block_rows - i);
        get_scales(n);
        found = fast_greatest(most, d + i, n);
        if (found)
            *row = block_first + i + found - 1;
        fast_bounds.rows += fast_offset(row_bytes, n);
    }
}

/* For the greatest alone, unless the classifier has several chunks or few planes, d is not its rows' sums but bounds of
 * them; the sum of the row with the greatest bound tells which others are needed. */
uint16_t fast_classify(uint8_t want)
{
    static uint16_t i, guess, greatest;
    static int16_t sum;
    static int32_t bound;
    uint8_t n;
    reu_address to = section(SECTION_LOGITS);

    use(&fast.classifier);
    bounding = want == WANT_GREATEST && matrix.chunks == 1 && planes > FAST_BOUND_PLANES;
    greatest = 0;
    fast_draw.most = FAST_LEAST_PRODUCT;
    fast_draw.exponent = fast.logits_exponent;
    for (block_first = 0; block_first < matrix.rows; block_first += block_rows) {
        block_rows = block_of(matrix.rows - block_first);
        block_at = rows_at;
        product(d, 0, block_rows);
        if (machine_stopped)
            break;
        fast_bounds.stride = 0;
        if (bounding) {
            bound = FAST_LEAST_PRODUCT;
            look_for_greatest(&bound, &guess);
            fast_select(matrix.last_groups, planes, low_planes);
            fast_rows(&sum, fast_above, matrix.address + fast_offset(row_bytes, guess), row_bytes, sums_centre, FAST_ONLY, 1);
            scales = matrix.scales + guess;
            get_scales(1);
            if (fast_greatest(&fast_draw.most, &sum, 1))
                fast_draw.most += -1L; /* of equal ones the first is wanted: this one or another */
            fast_bounds.stride = (uint8_t)row_bytes;
        }
        look_for_greatest(&fast_draw.most, &greatest);
        if (want == WANT_GREATEST)
            continue;
        scales = matrix.scales + block_first;
        for (i = 0; i < block_rows; i += n) {
            n = part_of(block_rows - i);
            get_scales(n);
            if (want == WANT_LOGITS)
                fast_logits(window, d + i, fast.logits_exponent, n);
            else
                fast_products((int32_t *)window, d + i, n);
            reu_write(to, window, (uint16_t)(n * sizeof(f32)));
            to += FAST_COLUMNS * sizeof(f32);
        }
    }
    bounding = 0;
    return greatest;
}

void fast_begin(uint8_t bits)
{
    fast_forget();
    bounding = 0;
    reu_read(&fast, section(SECTION_FAST), sizeof fast);
    reu_read(fast_exp2, fast.tables, sizeof fast_exp2);
    planes = fast.planes;
    if (bits < planes) {
        planes = bits;
        fast.token_heads = 0;
    }
    precise = fast_silu_finer = planes > 8;
    reu_read(fast_silu, fast.tables + sizeof fast_exp2 + (precise ? sizeof fast_silu : 0), sizeof fast_silu);
    dim = model.config.dim;
    hidden_dim = model.config.hidden_dim;
    head_size = model.config.head_size;
    attention_begin(&fast, precise);
}

uint16_t fast_forward(uint16_t token, uint16_t position, uint8_t want)
{
    static uint8_t query_shift, key_shift, value_shift, limits, n, n_layers;
    static int8_t attended;
    uint16_t i;

    n_layers = (uint8_t)model.config.n_layers;
    machine_step(0, STEP_EMBEDDING);
    attention_rewind(position);
    begin_rotation(position);
    fast_token_heads(token);
    for (layer = 0; layer < n_layers; ++layer) {
        reu_read(&layer_constants, fast.layers + (uint32_t)layer * sizeof layer_constants, sizeof layer_constants);
        if (layer == n_layers - 1 && !want)
            skipped = dim; /* keys and values are all that comes of it */
        if (layer)
            make_heads();
        if (machine_stopped)
            return 0;
        use(&fast.qkv);
        scales += skipped;
        limits = precise ? remember_limits() : 0;
        unscaled = qkv + skipped;
        query_shift = scale(dim - skipped, precise ? 8 : 0);
        key_shift = scale(model.config.kv_dim, limits & 15);
        value_shift = scale(model.config.kv_dim, limits >> 4);
        machine_step(layer, STEP_ROPE);
        for (i = 0; i < head_size; i += n) {
            n = part_of(head_size - i);
            get_rotation(i, n);
            fast_rotate(qkv + skipped + i, qkv + i + dim + model.config.kv_dim, rotation, head_size, n);
        }
        remember(qkv + dim, key_shift, value_shift);
        if (skipped)
            return 0;
        layer_constants.score += query_shift;
        attended = attention();
        if (machine_stopped)
            return 0;
        machine_step(layer, STEP_WO);
        hidden = 0;
        into_residual(&fast.wo, layer_constants.attended + attended);
        machine_step(layer, STEP_RMSNORM);
        rmsnorm();
        swiglu();
        if (machine_stopped)
            return 0;
        machine_step(layer, STEP_DOWN);
        into_residual(&fast.down, layer_constants.down + (precise ? FAST_SILU_FINER : 0) - hidden_shift);
        if (machine_stopped)
            return 0;
    }
    layer = 0;
    machine_step(n_layers, STEP_RMSNORM);
    rmsnorm();
    machine_step(n_layers, STEP_CLASSIFIER);
    return fast_classify(want);
}
