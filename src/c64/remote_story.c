#include "remote_story.h"
#include <string.h>
#include "model.h"
#include "story.h"
#include "window.h"

void remote_report(enum remote_event event)
{
    remote.event = event;
    remote_point();
}

void remote_report_data(enum remote_event event, const void *data, uint16_t bytes)
{
    remote.data = (uint16_t)data;
    remote.data_bytes = bytes;
    remote_report(event);
}

void remote_error(const char *message)
{
    remote_report_data(REMOTE_ERROR, message, strlen(message));
}

void remote_position(uint16_t position)
{
    remote.position_now = position;
    remote.cycles = 0;
    memset(remote.step_cycles, 0, sizeof remote.step_cycles);
    timer_restart();
}

/* The time of these reports counts for nothing. */
void machine_logits(void)
{
    uint16_t left = model.config.vocab_size, n;
    reu_address from = section(SECTION_LOGITS);

    if (!remote.request || !remote.want_logits)
        return;
    step_end();
    for (; left; left -= n) {
        n = WINDOW_PART(left);
        reu_read(window, from, n * sizeof(f32));
        remote_report_data(REMOTE_LOGITS, window, n * sizeof(f32));
        from += n * sizeof(f32);
    }
    timer_restart();
}
