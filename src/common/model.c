#include "model.h"
#include <string.h>
#include "checksum.h"
#include "window.h"

#define PAGE 256
#define PAGES_A_STEP (sizeof window / PAGE)

struct image_header model;

static reu_address check_at;
static uint32_t check_crc;

uint8_t model_open(uint16_t reu_kib)
{
    uint32_t crc;

    reu_read(&model, 0, sizeof model);
    if (memcmp(model.magic, IMAGE_MAGIC, IMAGE_MAGIC_BYTES) != 0)
        return MODEL_NO_IMAGE;
    if (model.version < IMAGE_VERSION)
        return MODEL_OLD_VERSION;
    if (model.version > IMAGE_VERSION)
        return MODEL_NEWER_VERSION;
    crc = model.header_crc;
    model.header_crc = 0;
    if (model.header_bytes != sizeof model || crc32(0, (const uint8_t *)&model, sizeof model) != crc)
        return MODEL_DAMAGED;
    model.header_crc = crc;
    if (model.image_kib > reu_kib)
        return MODEL_REU_TOO_SMALL;
    if (!(model.engines & (ENGINE_EXACT | ENGINE_FAST)))
        return MODEL_NO_ENGINE;
    return MODEL_OK;
}

void model_check_begin(void)
{
    check_at = (sizeof model + PAGE - 1) & ~(PAGE - 1);
    check_crc = 0;
}

uint8_t model_check_step(void)
{
    uint8_t digests[PAGES_A_STEP];
    uint8_t i, n = 0;

    reu_read(window, check_at, sizeof window);
    for (i = 0; i < PAGES_A_STEP && check_at < model.data_bytes; ++i) {
        digests[n++] = page_digest((const uint8_t *)window + (uint16_t)i * PAGE);
        check_at += PAGE;
    }
    check_crc = crc32(check_crc, digests, n);
    if (check_at < model.data_bytes)
        return MODEL_CHECKING;
    return check_crc == model.data_crc ? MODEL_OK : MODEL_DAMAGED;
}

uint8_t model_check_percent(void)
{
    return (uint8_t)((check_at >> 8) * 100 / (model.data_bytes >> 8));
}
