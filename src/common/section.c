#include "model.h"

reu_address section(uint8_t id)
{
    return model.sections[id].address;
}

reu_address section_layer(uint8_t id, uint16_t layer)
{
    return model.sections[id].address + model.sections[id].layer_bytes * layer;
}
