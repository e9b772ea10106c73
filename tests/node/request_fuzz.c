/* SPDX-License-Identifier: MIT */
/* Whatever the line, the parser says one of three things and keeps its promises about the fields.
 */
#include "base/check.h"
#include "control/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request;
    enum request_verdict verdict = request_parse((struct bytes){data, size}, &request);
    CHECK((verdict == REQUEST_TAKEN) == (request.why == NULL));
    CHECK((verdict == REQUEST_TAKEN) == (request.method != NULL));
    CHECK((verdict == REQUEST_NOT_JSON) == (request.root == NULL));
    CHECK(verdict != REQUEST_TAKEN || request.id);
    CHECK(!request.id || json_is_integer(request.id) || json_is_string(request.id));
    CHECK(!request.params || json_is_object(request.params));
    request_clear(&request);
    CHECK(!request.root && !request.id);
    return 0;
}
