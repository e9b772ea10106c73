/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "command/command.h"
#include "command/speech.h"

#include <stdio.h>

enum command_exit command_status(struct invocation *invocation)
{
    json_t *answer;
    enum command_exit code = command_call(invocation, "status", NULL, &answer);
    if (code != COMMAND_DONE)
        return code;
    const json_t *degraded = json_object_get(answer, "degraded");
    const json_t *queue = json_object_get(answer, "queue");
    const json_t *journal = json_object_get(answer, "journal");
    const json_t *relay = json_object_get(answer, "relay");
    char number[24];
    if (invocation->json) {
        command_print_json(answer);
    } else {
        printf("id        %s\n", speech_text(answer, "id"));
        printf("version   %s\n", speech_text(answer, "version"));
        printf("listen    %s\n", speech_text(answer, "listen"));
        printf("up        %lld s\n", (long long)speech_number(answer, "uptime_msec", 0) / 1000);
        printf("boot      %s\n", speech_count(answer, "boot", number));
        printf("peers up  %s\n", speech_count(answer, "peers_up", number));
        printf("tables    %s\n", speech_count(answer, "tables", number));
        printf("journal   %s records", speech_count(journal, "records", number));
        printf(", %s fsyncs\n", speech_count(journal, "fsyncs", number));
        printf("queue     %s waiting", speech_count(queue, "depth", number));
        printf(", %s dropped\n", speech_count(queue, "dropped", number));
        if (speech_number(relay, "tables", 0) > 0) {
            printf("relays    for %s tables", speech_count(relay, "tables", number));
            printf(", %s statements checked", speech_count(relay, "checked", number));
            printf(", %s forged\n", speech_count(relay, "forged", number));
        }
        if (speech_number(answer, "watching", 0) > 0)
            printf("watching  only watches at %s: see 'bitcraps table show'\n",
                   speech_number(answer, "watching", 0) == 1 ? "one table" : "some tables");
        printf("degraded  %s\n",
               json_is_boolean(degraded) ? (json_is_true(degraded) ? "yes" : "no") : "unknown");
    }
    bool check = command_option(invocation, "check") && json_is_true(degraded);
    json_decref(answer);
    return check ? COMMAND_DEGRADED : COMMAND_DONE;
}

enum command_exit command_peers(struct invocation *invocation)
{
    json_t *answer, *peer;
    size_t index;
    enum command_exit code = command_call(invocation, "peers", NULL, &answer);
    if (code != COMMAND_DONE)
        return code;
    const json_t *peers = json_object_get(answer, "peers");
    if (invocation->json) {
        command_print_json(answer);
    } else {
        if (json_array_size(peers) == 0)
            fprintf(stderr, "no links yet: start bitcrapsd with --connect HOST:PORT of another\n");
        printf("%-20s %-38s %-10s %8s  %s\n", "ID", "ADDRESS", "STATE", "RTT MS", "STANDING BY");
        json_array_foreach(peers, index, peer)
        {
            char rtt[24];
            printf("%-20s %-38s %-10s %8s  %s\n", speech_text(peer, "id"),
                   speech_text(peer, "address"), speech_text(peer, "state"),
                   speech_count(peer, "rtt_msec", rtt), speech_text(peer, "standby"));
        }
    }
    json_decref(answer);
    return COMMAND_DONE;
}

enum command_exit command_key_show(struct invocation *invocation)
{
    json_t *answer;
    enum command_exit code = command_call(invocation, "key.show", NULL, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json) {
        command_print_json(answer);
    } else {
        printf("id        %s\n", speech_text(answer, "id"));
        printf("identity  %s\n", speech_text(answer, "identity_key"));
        printf("link      %s\n", speech_text(answer, "link_key"));
    }
    json_decref(answer);
    return COMMAND_DONE;
}

enum command_exit command_version(struct invocation *invocation)
{
    if (!invocation->json) {
        printf("bitcraps %s\n", PACKAGE_VERSION);
        return COMMAND_DONE;
    }
    json_t *answer =
        json_pack("{s:s, s:s}", "schema", "bitcraps.version/1", "version", PACKAGE_VERSION);
    command_print_json(answer);
    json_decref(answer);
    return COMMAND_DONE;
}
